# How every target of the project is compiled.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# Dev: quick to build, fast enough to test, assertions of the standard library on.
set(CMAKE_CXX_FLAGS_DEV "-O1 -g1 -D_GLIBCXX_ASSERTIONS")
# Debug: the sanitizers' additions to unoptimised code are compiled in a third of the time.
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1 -D_GLIBCXX_ASSERTIONS")

set(RECONCILER_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")
if(RECONCILER_SANITIZE)
  add_compile_options(-fsanitize=${RECONCILER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${RECONCILER_SANITIZE})
endif()

add_library(reconciler_warnings INTERFACE)
target_compile_options(reconciler_warnings INTERFACE -Wall -Wextra -Wpedantic -Werror)
# libstdc++'s own std::stable_sort uses what it declares deprecated, which Clang reports.
target_compile_options(reconciler_warnings INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)

# Paths below the checkout count as relative ones, so that every build folder and every clone share one cache.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
