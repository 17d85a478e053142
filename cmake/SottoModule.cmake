# One line a module:
#
#   sotto_module(speech/asr
#     HEADERS … SOURCES … LIBS … [EXECUTABLE name]
#     TESTING …   headers and sources of testing/, linked by tests alone
#     TESTS …     one test binary,  cases named <module>.<Suite>.<Case>
#     BENCHES …   one benchmark binary (preset bench)
#     FUZZERS …   one binary each: libFuzzer in the preset fuzz, replay of its corpus elsewhere
#   )
#
# makes the static library sotto_speech_asr (alias sotto::speech_asr). Links between modules come
# from spec/layers.txt, so that nobody writes them by hand.

include(GoogleTest)

set(SOTTO_LAYERS_FILE ${PROJECT_SOURCE_DIR}/spec/layers.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SOTTO_LAYERS_FILE})

# Reads the layers into SOTTO_LAYER_<name>, refusing a module that looks upward.
function(sotto_read_layers)
  file(STRINGS ${SOTTO_LAYERS_FILE} lines REGEX "^[^#]")
  set(seen "")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "^([a-z/_]+):(.*)$")
      message(FATAL_ERROR "spec/layers.txt: cannot read the line '${line}'")
    endif()
    set(module ${CMAKE_MATCH_1})
    string(STRIP "${CMAKE_MATCH_2}" below)
    string(REGEX REPLACE " +" ";" below "${below}")
    foreach(dependency IN LISTS below)
      if(NOT dependency IN_LIST seen)
        message(FATAL_ERROR "spec/layers.txt: ${module} may include ${dependency} only if "
                            "${dependency} stands on an earlier line")
      endif()
    endforeach()
    list(APPEND seen ${module})
    string(REPLACE "/" "_" name ${module})
    set(SOTTO_LAYER_${name} "${below}" PARENT_SCOPE)
  endforeach()
  set(SOTTO_MODULES "${seen}" PARENT_SCOPE)
endfunction()

# Adds the folder of every module that exists, lowest layer first.
macro(sotto_add_modules)
  sotto_read_layers()
  foreach(module IN LISTS SOTTO_MODULES)
    if(EXISTS ${PROJECT_SOURCE_DIR}/src/${module}/CMakeLists.txt)
      add_subdirectory(src/${module})
    endif()
  endforeach()
endmacro()

function(sotto_module path)
  cmake_parse_arguments(ARG "" "EXECUTABLE" "HEADERS;SOURCES;LIBS;TESTING;TESTS;BENCHES;FUZZERS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sotto_module(${path}): unknown arguments ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT path IN_LIST SOTTO_MODULES)
    message(FATAL_ERROR "sotto_module(${path}): spec/layers.txt has no line for it")
  endif()
  string(REPLACE "/" "_" name ${path})
  set(library sotto_${name})

  set(links "")
  foreach(dependency IN LISTS SOTTO_LAYER_${name})
    string(REPLACE "/" "_" dependency ${dependency})
    list(APPEND links sotto::${dependency})
  endforeach()

  set(sources ${ARG_SOURCES})
  if(ARG_EXECUTABLE)
    list(REMOVE_ITEM sources main.cc)
  endif()
  if(sources)
    add_library(${library} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(${library} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(sotto::${name} ALIAS ${library})
  # The header set is what all_verify_interface_header_sets compiles, each header alone.
  target_sources(${library} ${scope}
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${ARG_HEADERS})
  target_link_libraries(${library} ${scope} ${links} ${ARG_LIBS})
  if(NOT sources)
    target_link_libraries(${library} INTERFACE sotto_flags)
  else()
    target_link_libraries(${library} PRIVATE sotto_flags)
  endif()

  if(ARG_EXECUTABLE)
    add_executable(${ARG_EXECUTABLE} main.cc)
    target_link_libraries(${ARG_EXECUTABLE} PRIVATE ${library} sotto_flags)
  endif()
  if(SOTTO_TESTS)
    sotto_module_tests(${path} ${library} "${ARG_TESTING}" "${ARG_TESTS}")
  endif()
  if(SOTTO_BENCH AND ARG_BENCHES)
    add_executable(${library}_bench ${ARG_BENCHES})
    target_link_libraries(${library}_bench PRIVATE ${library} sotto_flags benchmark::benchmark_main)
  endif()
  if(SOTTO_FUZZ OR SOTTO_TESTS)
    foreach(fuzzer IN LISTS ARG_FUZZERS)
      sotto_fuzzer(${path} ${library} ${fuzzer})
    endforeach()
  endif()
endfunction()

function(sotto_module_tests path library testing tests)
  # The testing library exists for every module, so that a test may use what lower modules ship.
  string(REPLACE "/" "_" name ${path})
  set(testing_sources ${testing})
  list(FILTER testing_sources INCLUDE REGEX "\\.cc$")
  set(below "")
  foreach(dependency IN LISTS SOTTO_LAYER_${name})
    string(REPLACE "/" "_" dependency ${dependency})
    list(APPEND below sotto_${dependency}_testing)
  endforeach()
  if(testing_sources)
    add_library(${library}_testing STATIC ${testing_sources})
    target_link_libraries(${library}_testing PUBLIC ${library} ${below} GTest::gmock GTest::gtest
                                             PRIVATE sotto_flags)
  else()
    add_library(${library}_testing INTERFACE)
    target_link_libraries(${library}_testing INTERFACE ${library} ${below} GTest::gmock GTest::gtest)
  endif()
  if(NOT tests)
    return()
  endif()
  add_executable(${library}_test ${tests})
  target_link_libraries(${library}_test PRIVATE ${library}_testing sotto_flags GTest::gtest_main)
  string(REPLACE "/" "." prefix ${path})
  # Found when ctest starts, not while building: a sanitizer build must not run before it is asked.
  gtest_discover_tests(${library}_test
    TEST_PREFIX ${prefix}. DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS unit TIMEOUT 120
               # Two properties, since a list of two variables comes out of the discovery as one.
               ENVIRONMENT SOTTO_SOURCE_DIR=${PROJECT_SOURCE_DIR}
               ENVIRONMENT_MODIFICATION SOTTO_BINARY_DIR=set:${CMAKE_BINARY_DIR})
endfunction()

function(sotto_fuzzer path library source)
  get_filename_component(base ${source} NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" base ${base})
  string(REPLACE "/" "." prefix ${path})
  string(REPLACE "/" "_" name ${path})
  set(target fuzz_${name}_${base})
  set(corpus ${PROJECT_SOURCE_DIR}/fuzz/corpus/${name}_${base})
  if(NOT EXISTS ${corpus})
    message(FATAL_ERROR "${path}/${source} needs seeds in fuzz/corpus/${name}_${base}")
  endif()
  if(SOTTO_FUZZ)
    add_executable(${target} ${source})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${target} ${source} ${PROJECT_SOURCE_DIR}/fuzz/replay_main.cc)
    add_test(NAME ${prefix}.fuzz_replay.${base} COMMAND ${target} ${corpus})
    set_tests_properties(${prefix}.fuzz_replay.${base} PROPERTIES LABELS fuzz_replay TIMEOUT 120)
  endif()
  target_link_libraries(${target} PRIVATE ${library} sotto_flags)
endfunction()
