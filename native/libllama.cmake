# libllama from a tree of llama.cpp source, with Bonsai's files in it or without. The addon has it inside; the GPU benchmark
# compiles it with Bonsai's files and without, as libraries, and compares.

# bonsai_libllama_objects(<target> SOURCE <llama.cpp> VERSION <version> [OURS <native/src>] [INSIDE])
# INSIDE: it becomes part of what exports nothing of it
function(bonsai_libllama_objects target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "INSIDE" "SOURCE;VERSION;OURS" "")
    file(GLOB upstream_core CONFIGURE_DEPENDS ${arg_SOURCE}/src/*.cpp)
    file(GLOB upstream_models CONFIGURE_DEPENDS ${arg_SOURCE}/src/models/*.cpp)
    set(our_sources)
    if(arg_OURS)
        file(GLOB_RECURSE our_sources CONFIGURE_DEPENDS ${arg_OURS}/*.cpp)
    endif()

    set(LLAMA_VERSION ${arg_VERSION})
    set(LLAMA_BUILD_COMMIT bonsai)
    configure_file(${arg_SOURCE}/src/llama-version.h.in ${CMAKE_CURRENT_BINARY_DIR}/${target}/llama-version.h @ONLY)

    add_library(${target} OBJECT ${upstream_core} ${upstream_models} ${our_sources})
    set_target_properties(${target} PROPERTIES
        UNITY_BUILD ON
        UNITY_BUILD_BATCH_SIZE 16)
    set_source_files_properties(${upstream_core} ${our_sources} ${arg_SOURCE}/src/models/gemma3n.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    target_include_directories(${target} PRIVATE ${arg_OURS} ${arg_SOURCE}/vendor/hash ${arg_SOURCE}/src ${CMAKE_CURRENT_BINARY_DIR}/${target}
        ${arg_SOURCE}/include ${arg_SOURCE}/ggml/include)
    target_compile_definitions(${target} PRIVATE GGML_SHARED GGML_BACKEND_SHARED)
    if(NOT arg_INSIDE)
        set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET default)
        target_compile_definitions(${target} PRIVATE LLAMA_BUILD LLAMA_SHARED)
    endif()
    if(NOT MSVC)
        set_source_files_properties(${our_sources} PROPERTIES COMPILE_OPTIONS "-Wall;-Wextra;-Wno-unused-function;${BONSAI_OURS_OPTIONS}")
    endif()
    if(WIN32)
        # A FILE of one C library means nothing to another.
        target_compile_definitions(${target} PRIVATE ggml_fopen=bonsai_fopen)
    endif()
endfunction()

# bonsai_libllama(<target> OBJECTS <target> NAME <file name without lib and .so> LINK <ggml libraries...>)
function(bonsai_libllama target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "OBJECTS;NAME" "LINK")
    add_library(${target} SHARED $<TARGET_OBJECTS:${arg_OBJECTS}>)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${arg_NAME} LINKER_LANGUAGE CXX BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN")
    target_link_libraries(${target} PRIVATE ${arg_LINK})
endfunction()
