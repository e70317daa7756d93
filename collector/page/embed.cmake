# Writes OUT: document.html with style.css and SCRIPTS in place of its two marks, as C++.
file(READ document.html html)
file(READ style.css style)
set(script)
foreach(name ${SCRIPTS})
  file(READ ${name} part)
  string(APPEND script "${part}")
endforeach()
string(REPLACE "@STYLE@" "${style}" html "${html}")
string(REPLACE "@SCRIPT@" "${script}" html "${html}")
file(WRITE ${OUT} "#include \"collector/page/document.h\"\n\nnamespace caspilink::page {\n\n"
  "extern const std::string_view kHtml = R\"page(" "${html}" ")page\";\n\n}  // namespace caspilink::page\n")
