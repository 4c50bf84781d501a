# What to leave out when pip compiles llama-cpp-python: the parts of llama.cpp that duochat does not load.
# README.md gives this file to CMake as CMAKE_TOOLCHAIN_FILE, the one way into its configuration that the environment
# offers besides CMAKE_ARGS. LLAMA_BUILD_COMMON cannot be set there: the package sets it in CMake's cache, with FORCE.
# A plain variable, as here, takes precedence over the cache.

set(LLAVA_BUILD OFF) # the multimodal library
set(LLAMA_BUILD_COMMON OFF) # the library of llama.cpp's command-line tools: half of the time to compile
