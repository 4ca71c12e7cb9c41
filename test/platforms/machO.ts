/** What a Mach-O file (64 bits, little-endian) says of itself to the loader of macOS: mach-o/loader.h and mach-o/nlist.h of XNU. */
import { readFileSync } from 'node:fs';

export interface MachO {
  /** Install names of the libraries that it is loaded with, in the order of their ordinals from 1. */
  libraries: string[];
  /** Its own, where it is a library. */
  installName?: string;
  searchPaths: string[];
  /** As in `14.0`. */
  minimumVersion?: string;
  signed: boolean;
  /** Names with their underscore. */
  exported: Set<string>;
  /** With the library that has to have it; undefined: whatever the process has. */
  undefined: { name: string; library?: string }[];
}

const dynamicLookup = 0xfe;

export function readMachO(path: string): MachO {
  const file = readFileSync(path);
  if (file.readUInt32LE(0) !== 0xfeedfacf) throw new Error(`${path} is no Mach-O file of 64 bits`);
  const found: MachO = { libraries: [], searchPaths: [], signed: false, exported: new Set(), undefined: [] };
  const text = (start: number) => file.toString('utf8', start, file.indexOf(0, start));
  const symbolTables: number[] = [];
  for (let i = 0, at = 32; i < file.readUInt32LE(16); i++, at += file.readUInt32LE(at + 4)) {
    const name = () => text(at + file.readUInt32LE(at + 8));
    switch (file.readUInt32LE(at)) {
      case 0xc: // LC_LOAD_DYLIB
      case 0x80000018: // LC_LOAD_WEAK_DYLIB
        found.libraries.push(name());
        break;
      case 0xd: // LC_ID_DYLIB
        found.installName = name();
        break;
      case 0x8000001c: // LC_RPATH
        found.searchPaths.push(name());
        break;
      case 0x32: // LC_BUILD_VERSION
        found.minimumVersion = `${file.readUInt16LE(at + 14)}.${file.readUInt8(at + 13)}`;
        break;
      case 0x24: // LC_VERSION_MIN_MACOSX
        found.minimumVersion = `${file.readUInt16LE(at + 10)}.${file.readUInt8(at + 9)}`;
        break;
      case 0x1d: // LC_CODE_SIGNATURE
        found.signed = file.readUInt32BE(file.readUInt32LE(at + 8)) === 0xfade0cc0;
        break;
      case 0x2: // LC_SYMTAB
        symbolTables.push(at);
    }
  }
  for (const at of symbolTables) {
    const [symbols, count, strings] = [8, 12, 16].map((offset) => file.readUInt32LE(at + offset)) as [number, number, number];
    for (let i = 0; i < count; i++) {
      const entry = symbols + 16 * i;
      const type = file.readUInt8(entry + 4);
      if (type & 0xe0 || !(type & 0x01) || type & 0x10) continue; // for debuggers, or private
      const name = text(strings + file.readUInt32LE(entry));
      const ordinal = file.readUInt16LE(entry + 6) >> 8;
      if ((type & 0x0e) !== 0) found.exported.add(name);
      else if (ordinal === dynamicLookup) found.undefined.push({ name });
      else found.undefined.push({ name, library: found.libraries[ordinal - 1] ?? `ordinal ${ordinal}` });
    }
  }
  return found;
}
