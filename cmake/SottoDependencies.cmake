# What Sotto builds on. Debian packages by name (tools/setup/debian-packages.txt), ONNX Runtime from
# the system or from the folder that tools/setup fills.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 REQUIRED)
pkg_check_modules(archive REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(brotli REQUIRED IMPORTED_TARGET libbrotlienc)
pkg_check_modules(postgresql REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(ffmpeg REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil libswresample)

include(deps/onnxruntime)

# What tools/gen makes while building needs a Python with PyYAML: Debian's own, or any that has it.
find_program(SOTTO_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(SOTTO_PYTHON NAMES python3 REQUIRED)
execute_process(COMMAND ${SOTTO_PYTHON} -c "import yaml" RESULT_VARIABLE yaml_missing ERROR_QUIET)
if(yaml_missing)
  message(FATAL_ERROR "${SOTTO_PYTHON} has no PyYAML (Debian: python3-yaml): tools/setup/run build")
endif()

if(SOTTO_TESTS)
  find_package(GTest REQUIRED)
  pkg_check_modules(brotlidec REQUIRED IMPORTED_TARGET libbrotlidec)
endif()
if(SOTTO_BENCH)
  find_package(benchmark REQUIRED)
endif()
