# ONNX Runtime as the imported target onnxruntime::onnxruntime: the system's where pkg-config knows
# it, else what tools/setup unpacked into .deps/onnxruntime (the official build and its headers,
# both pinned in spec/npm-packages.json).

option(SOTTO_BUNDLED_ONNXRUNTIME "Take ONNX Runtime from .deps even where the system has one" OFF)

if(NOT SOTTO_BUNDLED_ONNXRUNTIME)
  pkg_check_modules(onnxruntime QUIET IMPORTED_TARGET libonnxruntime>=1.20)
endif()
if(TARGET PkgConfig::onnxruntime)
  add_library(onnxruntime::onnxruntime ALIAS PkgConfig::onnxruntime)
  return()
endif()

set(root ${PROJECT_SOURCE_DIR}/.deps/onnxruntime)
if(NOT EXISTS ${root}/lib/libonnxruntime.so.1)
  message(FATAL_ERROR "ONNX Runtime is missing: run 'make setup' (or tools/setup/run)")
endif()
add_library(onnxruntime::onnxruntime SHARED IMPORTED GLOBAL)
set_target_properties(onnxruntime::onnxruntime PROPERTIES
  IMPORTED_LOCATION ${root}/lib/libonnxruntime.so.1
  INTERFACE_INCLUDE_DIRECTORIES ${root}/include
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${root}/include)
# The program finds the library beside itself, so that build/release can be copied as a whole.
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
set(CMAKE_INSTALL_RPATH "$ORIGIN")
file(COPY ${root}/lib/libonnxruntime.so.1 DESTINATION ${CMAKE_BINARY_DIR})
