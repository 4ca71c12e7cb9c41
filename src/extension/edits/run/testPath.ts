/** Tests go where the language's people look for them: beside the file, under the name that their test runners find. */
import { posix } from 'node:path';

/** @param path relative, with forward slashes */
export function testPath(path: string): string {
  const { dir, name, ext } = posix.parse(path);
  const beside = (file: string) => posix.join(dir, file);
  switch (ext) {
    case '.py':
      return beside(`test_${name}.py`);
    case '.go':
      return beside(`${name}_test.go`);
    case '.rb':
      return beside(`${name}_spec.rb`);
    case '.java':
    case '.kt':
      return beside(`${name}Test${ext}`).replace('/main/', '/test/');
    case '.cs':
      return beside(`${name}Tests${ext}`);
    case '.c':
    case '.cc':
    case '.cpp':
    case '.php':
    case '.rs':
      return beside(`${name}_test${ext}`);
    default:
      return beside(`${name}.test${ext}`);
  }
}
