# caspilink_proto(NAME FILE.proto ... [GRPC]): generates C++ below the build tree (never committed)
# and makes it a library whose headers are SYSTEM, included by their path from the root:
# #include "proto/caspilink/telemetry.pb.h".
find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

function(caspilink_proto name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "GRPC" "" "FILES")
  set(out ${CMAKE_BINARY_DIR}/generated)
  set(sources)
  foreach(file ${arg_FILES})
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    string(REGEX REPLACE "\\.proto$" "" stem ${path})
    set(made ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
    set(plugin)
    if(arg_GRPC)
      list(APPEND made ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h)
      set(plugin --grpc_out=${out} --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN})
    endif()
    add_custom_command(OUTPUT ${made}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
      COMMAND ${PROTOC} -I ${PROJECT_SOURCE_DIR} --cpp_out=${out} ${plugin} ${path}
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file}
      COMMENT "protoc ${path}")
    list(APPEND sources ${made})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} SYSTEM PUBLIC ${out})
  target_link_libraries(${name} PUBLIC gRPC::grpc++ protobuf::libprotobuf)
endfunction()
