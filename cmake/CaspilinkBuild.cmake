# Language, warnings, sanitizers and the verbs every folder's CMakeLists.txt is written with:
#   caspilink_library(NAME SOURCES ... DEPENDS ...)
#   caspilink_program(NAME SOURCES ... DEPENDS ...)
#   caspilink_test(NAME [LABEL unit|integration] SOURCES ... DEPENDS ...)
#   caspilink_fuzz(NAME SOURCES ... DEPENDS ... [SEEDS folder...])
#   caspilink_script_test(NAME FILE.py [LABEL unit|integration|e2e] [TIMEOUT seconds] [SERIAL])
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths relative to the checkout, so that a second checkout or preset finds the first one's objects.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      ${CCACHE_PROGRAM})
endif()

# Interface target that carries the house's compiler settings; third-party headers come in as SYSTEM.
add_library(caspilink_settings INTERFACE)
target_include_directories(caspilink_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(caspilink_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  # Designated initialisers leave out members on purpose; and gcc 12 sees uninitialised members in
  # aggregates of std::string where there are none (the sanitizer presets look for real ones).
  -Wno-missing-field-initializers $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
target_compile_definitions(caspilink_settings INTERFACE
  CASPILINK_VERSION="${PROJECT_VERSION}" ASIO_STANDALONE ASIO_NO_DEPRECATED)
if(CASPILINK_SANITIZE)
  add_compile_options(-fsanitize=${CASPILINK_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CASPILINK_SANITIZE})
  if(CASPILINK_SANITIZE MATCHES thread)
    # ThreadSanitizer does not know fences, and gcc refuses to compile them under it. Asio's are in
    # addition to the scheduler's mutex, which it does know.
    target_compile_definitions(caspilink_settings INTERFACE ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

if(CASPILINK_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    message(FATAL_ERROR "CASPILINK_FUZZ wants clang, whose libFuzzer it builds with: --preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
  target_compile_options(caspilink_settings INTERFACE -Wno-error)  # the house's warnings are gcc's
endif()

function(caspilink_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  if(arg_SOURCES)
    add_library(${name} STATIC ${arg_SOURCES})
    target_link_libraries(${name} PUBLIC caspilink_settings ${arg_DEPENDS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE caspilink_settings ${arg_DEPENDS})
  endif()
endfunction()

function(caspilink_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE caspilink_settings ${arg_DEPENDS})
endfunction()

# One GoogleTest program per folder under test; its cases are discovered by ctest one by one.
function(caspilink_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "SOURCES;DEPENDS")
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(CASPILINK_SANITIZE)
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 6")  # numerics run tens of times slower
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE
    caspilink_settings ${arg_DEPENDS} caspilink_test_paths GTest::gmock_main)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endfunction()

# One fuzz target: a file that defines LLVMFuzzerTestOneInput. With CASPILINK_FUZZ it is libFuzzer's
# program; otherwise a unit test that replays the seeds: files of seeds/NAME and of the folders given.
function(caspilink_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;SEEDS")
  set(seeds ${CMAKE_CURRENT_SOURCE_DIR}/seeds/${name} ${arg_SEEDS})
  add_executable(fuzz_${name} ${arg_SOURCES})
  if(NOT TARGET fuzz)
    add_custom_target(fuzz)  # all of them
  endif()
  add_dependencies(fuzz fuzz_${name})
  target_link_libraries(fuzz_${name} PRIVATE caspilink_settings ${arg_DEPENDS})
  if(CASPILINK_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    string(REPLACE ";" "\n" seeds "${seeds}")
    file(WRITE ${CMAKE_BINARY_DIR}/fuzz/${name}.seeds "${seeds}\n")
  else()
    target_link_libraries(fuzz_${name} PRIVATE caspilink_fuzz_replay)
    add_test(NAME fuzz_${name} COMMAND fuzz_${name} ${seeds})
    set_tests_properties(fuzz_${name} PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()

# One file of Python unittest cases, for what is not C++ or is made of whole processes. Exit status
# 77 is a skip, reported by ctest as one. Debian's own Python is what the quickstart runs with, too.
find_program(CASPILINK_PYTHON python3 HINTS /usr/bin NO_DEFAULT_PATH)
if(NOT CASPILINK_PYTHON)
  find_program(CASPILINK_PYTHON python3)
endif()

function(caspilink_script_test name file)
  cmake_parse_arguments(PARSE_ARGV 2 arg "SERIAL" "LABEL;TIMEOUT" "")
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_test(NAME ${name} COMMAND ${CASPILINK_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set_tests_properties(${name} PROPERTIES
    LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    ENVIRONMENT
    "PYTHONPATH=${PROJECT_SOURCE_DIR}/deploy:${PROJECT_SOURCE_DIR}/tests/support;CASPILINK_BIN=${CMAKE_BINARY_DIR}/bin")
  if(arg_SERIAL)
    set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
  endif()
endfunction()
