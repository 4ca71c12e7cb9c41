// What Windows wants otherwise. Programs that run us are called Code.exe or electron.exe as often as node.exe: what Node's
// interface is imported from is the running program, whatever its name (delay-loaded, so that this can say so). And a FILE of
// this addon's C library means nothing to ggml's, so libllama opens its files here.
#include <windows.h>
#include <delayimp.h>

#include <cstdio>
#include <cstring>
#include <string>

static FARPROC WINAPI find_host(unsigned event, DelayLoadInfo * info) {
    const bool host = event == dliNotePreLoadLibrary && _stricmp(info->szDll, "node.exe") == 0;
    return host ? reinterpret_cast<FARPROC>(GetModuleHandleW(nullptr)) : nullptr;
}

#ifdef _MSC_VER
extern "C" const PfnDliHook __pfnDliNotifyHook2 = find_host;
#else
extern "C" {
PfnDliHook __pfnDliNotifyHook2 = find_host;
}
#endif

static std::wstring wide(const char * utf8) {
    const int n = MultiByteToWideChar(CP_UTF8, 0, utf8, -1, nullptr, 0);
    std::wstring out(size_t(n > 0 ? n : 1), 0);
    MultiByteToWideChar(CP_UTF8, 0, utf8, -1, out.data(), n);
    return out;
}

// ggml_fopen, with the C library of this addon; null: it cannot be opened
extern "C" FILE * bonsai_fopen(const char * name, const char * mode) {
    return _wfopen(wide(name).c_str(), wide(mode).c_str());
}
