// What Windows wants otherwise. Programs that run us are called Code.exe or electron.exe as often as node.exe, so no library can be
// named that Node's functions are imported from: they are looked up in the running program when this addon is loaded. And a FILE
// of this addon's C library means nothing to ggml's, so libllama opens its files here.
#include <windows.h>

#include <cstdio>
#include <string>

// What `__declspec(dllimport)` makes of a call: one through a pointer of this name. node_functions.inc: FUNCTION(napi_...) for each.
#define FUNCTION(name) extern "C" { void * __imp_##name = nullptr; }
#include "node_functions.inc"
#undef FUNCTION

namespace {

const struct host_functions {
    host_functions() {
        const HMODULE host = GetModuleHandleW(nullptr);
#define FUNCTION(name) __imp_##name = reinterpret_cast<void *>(GetProcAddress(host, #name));
#include "node_functions.inc"
#undef FUNCTION
    }
} found_when_loaded;

std::wstring wide(const char * utf8) {
    const int n = MultiByteToWideChar(CP_UTF8, 0, utf8, -1, nullptr, 0);
    std::wstring out(size_t(n > 0 ? n : 1), 0);
    MultiByteToWideChar(CP_UTF8, 0, utf8, -1, out.data(), n);
    return out;
}

} // namespace

// ggml_fopen, with the C library of this addon; null: it cannot be opened
extern "C" FILE * bonsai_fopen(const char * name, const char * mode) {
    return _wfopen(wide(name).c_str(), wide(mode).c_str());
}
