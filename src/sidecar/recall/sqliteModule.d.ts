/** What the package's own types say, of the one file of it that runs here; see sqlite.ts. */
declare module '*/jswasm/sqlite3.mjs' {
  import init from '@sqlite.org/sqlite-wasm';
  export default init;
}
