# reconciler_module(<name> [MODULES <lower module>...] [LIBRARIES <outside target>...])
#
# One static library per folder of reconciler/. A module is seen by others only through the include folder that this makes,
# which holds the module under its own name and nothing else: code that includes a module it does not link does not compile.
function(reconciler_module name)
  cmake_parse_arguments(ARG "" "" "MODULES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  set(view ${CMAKE_BINARY_DIR}/modules/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${view}/${name} SYMBOLIC)

  add_library(reconciler_${name} STATIC ${sources})
  target_include_directories(reconciler_${name} PUBLIC ${view})
  list(TRANSFORM ARG_MODULES PREPEND reconciler_)
  target_link_libraries(reconciler_${name} PUBLIC ${ARG_MODULES} ${ARG_LIBRARIES} PRIVATE reconciler_warnings)
endfunction()
