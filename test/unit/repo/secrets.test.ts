/** Texts with a secret are held back with its kind and line; no word of the secret is in any reason. */
import type * as preset from '@secretlint/secretlint-rule-preset-recommend';
import { describe, expect, it, vi } from 'vitest';
import { judge } from '../../../src/repo';
import { findSecret } from '../../../src/repo/secrets';

const { ruleIds } = vi.hoisted(() => ({ ruleIds: [] as string[] }));

/** The real rules; each of them also reports on the text `REPORT` and its name, and one more throws on `STUMBLE`. */
vi.mock('@secretlint/secretlint-rule-preset-recommend', async (importOriginal) => {
  const original = await importOriginal<typeof preset>();
  const reporting = original.rules.map((rule): typeof rule => ({
    ...rule,
    create: (context, options) => {
      const handler = rule.create(context, options);
      const message = { message: '', messageId: 'x', data: undefined };
      return {
        file: (source) => {
          if (source.content === `REPORT ${rule.meta.id}`) context.report({ message, range: [0, 6] });
          return handler.file?.(source);
        },
      };
    },
  }));
  ruleIds.push(...reporting.map((rule) => rule.meta.id).filter((id) => !id.endsWith('filter-comments')));
  const stumbling: (typeof reporting)[number] = {
    ...reporting[0]!,
    create: () => ({
      file: ({ content }) => {
        if (content.includes('STUMBLE')) throw new Error(content);
      },
    }),
  };
  return { ...original, rules: [...reporting, stumbling] };
});

// Put together here, so that this file is not held back itself.
const privateKey = ['PRIVATE', 'KEY-----'].join(' ');
const secrets = {
  aws: ['AKIA', 'Q3EGRIVB7K2MXTPL'].join(''),
  awsSecret: `aws_secret_access_key = ${'abcdEFGH1234/+xy'.repeat(3).slice(0, 40)}`,
  github: `ghp_${'a1B2'.repeat(9)}`,
  key: `-----BEGIN RSA ${privateKey}\nMII${'Ab3d'.repeat(60)}\n-----END RSA ${privateKey}`,
  database: ['postgres://service', 'hunter2hunter2@db.internal:5432/app'].join(':'),
  slack: ['xoxb', '123456789012', 'abcdefghijkl'].join('-'),
};

describe('a text with a secret', () => {
  it.each([
    ['aws', 'an AWS access key'],
    ['awsSecret', 'an AWS access key'],
    ['github', 'a GitHub token'],
    ['key', 'a private key'],
    ['database', 'a database password'],
    ['slack', 'a Slack token'],
  ] as const)('is held back: %s', async (kind, words) => {
    const secret = secrets[kind];
    for (const end of ['\n', '\r\n']) {
      const reason = await findSecret('src/config.ts', `import a${end}${end}const token = '${secret}';${end}`);
      expect(reason).toBe(`held back: looks like ${words} (line 3)`);
    }
    const reason = await judge('src/config.ts', secret);
    expect(reason).toMatch(/^held back/);
    for (let i = 0; i + 8 <= secret.length; i++) expect(reason).not.toContain(secret.slice(i, i + 8));
  });

  it('names the first of several, wherever it stands', async () => {
    for (let line = 1; line <= 40; line += 13) {
      const text = `${'let a;\n'.repeat(line - 1)}"${secrets.github}"\n${'let b;\n'.repeat(5)}"${secrets.slack}"\n`;
      expect(await findSecret('a.ts', text)).toBe(`held back: looks like a GitHub token (line ${line})`);
    }
  });

  it('is read when its authors say that it is none, and only then', async () => {
    const quoted = `const a = '${secrets.github}';`;
    expect(await findSecret('a.ts', `${quoted} // secretlint-disable-line\n`)).toBeUndefined();
    expect(await findSecret('a.ts', `// secretlint-disable-next-line\n${quoted}`)).toBeUndefined();
    expect(await findSecret('a.ts', `// secretlint-disable\n${quoted}\n// secretlint-enable\n`)).toBeUndefined();
    expect(await findSecret('a.ts', `// secretlint-disable @secretlint/secretlint-rule-github\n${quoted}`)).toBeUndefined();
    expect(await findSecret('a.ts', `// secretlint-disable @secretlint/secretlint-rule-slack\n${quoted}`)).toMatch(
      /GitHub token \(line 2\)/,
    );
    expect(await findSecret('a.ts', `// secretlint-disable\n// secretlint-enable\n${quoted}`)).toMatch(/GitHub token \(line 3\)/);
  });

  it('is held back when a rule fails on it, without a word of it', async () => {
    expect(await findSecret('a.ts', `STUMBLE ${secrets.github}`)).toBe('held back: it could not be checked for secrets');
  });

  it('has words for every rule', async () => {
    expect(ruleIds.length).toBeGreaterThan(20);
    for (const id of ruleIds)
      expect(await findSecret('a.ts', `REPORT ${id}`), id).toMatch(/^held back: looks like (?!a secret)an? .+ \(line 1\)$/);
  });

  it.each([
    ['the key that AWS prints in its manuals', 'AKIAIOSFODNN7EXAMPLE'],
    ['an AWS account number', 'account_id = "1234-5678-9012"'],
    ['a placeholder', 'postgres://user:password@localhost/app and https://user:${PASSWORD}@example.com'],
    ['a key without a body', `-----BEGIN ${privateKey}\n...\n-----END ${privateKey}`],
    ['a hash', `sha256-${'0123456789abcdef'.repeat(4)}`],
  ])('is not: %s', async (_, text) => {
    expect(await findSecret('a.ts', text)).toBeUndefined();
  });
});

describe('files that often hold a secret', () => {
  it.each([
    ['server.pem', `-----BEGIN ENCRYPTED ${privateKey}\nabc\n`, 'a private key (line 1)'],
    ['tls.key', `# note\n-----BEGIN ${privateKey}\nabc\n`, 'a private key (line 2)'],
    ['.npmrc', 'registry=https://r\n//r/:_authToken=abc\n', 'an npm credential (line 2)'],
    ['pkg/.npmrc', '_password = "abc"\n', 'an npm credential (line 1)'],
    ['.pypirc', '[pypi]\nusername = a\npassword: abc\n', 'a PyPI password (line 3)'],
    ['.netrc', 'machine a\n  login b\n  password c\n', 'a password (line 3)'],
    ['.npmrc', '# _auth=abc\n', 'an npm credential (line 1)'],
    ['_netrc', 'machine a login b password c\n', 'a password (line 1)'],
  ])('%s is held back with one', async (path, text, words) => {
    expect(await findSecret(path, text)).toBe(`held back: looks like ${words}`);
  });

  it.each([
    ['ca.pem', '-----BEGIN CERTIFICATE-----\nabc\n'],
    ['en.key', 'greeting = hello\n'],
    ['.npmrc', 'registry=https://r\n//r/:_authToken=${NPM_TOKEN}\n_auth=\nsave-exact=true\n'],
    ['.npmrc', '_password="$NPM_PASSWORD"\n'],
    ['.pypirc', '[pypi]\nusername = a\npassword =\n\nrepository = b\n'],
    ['.netrc', 'machine a login b password $SECRET\n'],
    ['docs/npmrc.md', '//r/:_authToken=abc\n'],
  ])('%s is read without one', async (path, text) => {
    expect(await findSecret(path, text)).toBeUndefined();
  });

  it('are checked in bounded time, however they are made', async () => {
    for (const [path, part] of [
      ['.pypirc', '\n'],
      ['.netrc', 'password'],
      ['.npmrc', 'a_auth '],
      ['a.pem', '-----BEGIN A '],
      ['a.ts', 'mongodb://a:'],
      ['a.ts', ' '],
    ] as const)
      await findSecret(path, part.repeat(1_000_000 / part.length));
  }, 10_000);
});
