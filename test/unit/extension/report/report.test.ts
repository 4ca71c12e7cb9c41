/** A report tells about Bonsai and nothing about its user. */
import { describe, expect, it } from 'vitest';
import { problemReport } from '../../../../src/extension/report/problemReport';
import { redact, type Private } from '../../../../src/extension/report/redact';
import { RememberedLog, rememberedLines } from '../../../../src/extension/report/rememberedLog';
import type * as vscode from 'vscode';

const mine: Private = {
  home: '/home/janedoe',
  user: 'janedoe',
  folders: ['/home/janedoe/work/secret-project', '/srv/other'],
  workspace: 'secret-project',
};
const windows: Private = {
  home: 'C:\\Users\\janedoe',
  user: 'janedoe',
  folders: ['C:\\Users\\janedoe\\work\\secret-project'],
  workspace: 'secret-project',
};

describe('what is taken out', () => {
  it.each([
    ['a file of the workspace', 'skipped /home/janedoe/work/secret-project/src/payroll.ts: binary'],
    ['a relative path', 'skipped src/payroll/salaries.ts: too large'],
    ['a file name alone', 'reading payroll.py'],
    ['another folder', 'not at /srv/other/payroll.csv, /opt/payroll/x'],
    ['a model in the home folder', '/home/janedoe/models/payroll-finetune.gguf ends inside its header'],
    ['a Windows path', 'C:\\Users\\janedoe\\work\\secret-project\\payroll.ts and D:\\payroll\\a.ts'],
    ['the user and the workspace', 'user JaneDoe in Secret-Project'],
    ['an address', 'https://user:pw@git.janedoe.example/payroll?token=abc'],
    ['a mail address', 'from jane.doe@payroll.example'],
    ['a file address', 'file:///home/janedoe/payroll.ts'],
  ])('%s', (_, line) => {
    for (const each of [mine, windows]) expect(redact(line, each)).not.toMatch(/payroll|salaries|janedoe|secret-project|jane\.doe/i);
  });

  it.each([
    'hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345',
    'ghp_1234567890abcdefghijABCDEFGHIJ123456',
    'github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz',
    'sk-proj-abcdefghijklmnopqrstuvwx',
    'AKIAIOSFODNN7EXAMPLE',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123',
    'Authorization: Bearer abc.def.ghi',
    'api_key=abcdef',
    '"password": "hunter2"',
    'MY_SECRET: swordfish',
    '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----',
  ])('a secret: %s', (secret) => {
    const value = /hunter2|swordfish|abcdef\b|abc\.def\.ghi/.exec(secret)?.[0] ?? secret;
    const clean = redact(`before ${secret} after`, mine);
    expect(clean).not.toContain(value);
    expect(clean).toMatch(/^before /);
  });

  it.each([
    'node-llama-cpp 3.22.1, llama.cpp b6789, Node.js 24.1.0',
    'The model was unloaded after 30 minutes. 1,234 tokens/s, 4.7 GB of 16 GB',
    'bonsai.cache.budget: 4096',
    'trained window 32,768, policy hybrid, positions auto',
    '2026-11-21T16:25:03.123Z [info] ghost text: reused 10, read 5',
  ])('what is ours stays: %s', (line) => {
    expect(redact(line, mine)).toBe(line);
  });

  it('a short or missing name takes nothing else with it', () => {
    expect(redact('a b is it', { home: '', user: 'a', folders: [''], workspace: undefined })).toBe('a b is it');
  });

  it('is quick on a long line', () => {
    const began = performance.now();
    redact('/a'.repeat(20_000) + ' ' + 'a.'.repeat(20_000) + 'x'.repeat(40_000), mine);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('the report', () => {
  const report = problemReport({
    versions: { Bonsai: '0.1.0' },
    status: { state: 'failed', message: 'There is no model at /home/janedoe/models/payroll.gguf.', kvBytes: 0, kvBytesFull: 0 },
    doctor: undefined,
    settings: { 'bonsai.model.path': '/home/janedoe/models/payroll.gguf', 'bonsai.cache.budget': 4096 },
    log: ['[error] /home/janedoe/work/secret-project/payroll.ts', '```', 'hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345'],
    private: mine,
  });

  it('has every part, and says that nothing was sent', () => {
    expect(report.split('\n').filter((line) => line.startsWith('#'))).toEqual([
      '# Bonsai: problem report',
      '## What happened',
      '## Versions',
      '## Engine and model',
      '## Machine',
      '## Settings that differ from the default',
      '## Last 3 lines of the log',
    ]);
    expect(report).toContain('Nothing has been sent');
    expect(report).toContain('- bonsai.cache.budget: 4096');
  });

  it('keeps no name of the user, and its log cannot close its fence', () => {
    expect(report).not.toMatch(/janedoe|payroll|hf_Ab/);
    expect(report.match(/```/g)).toHaveLength(2);
  });
});

describe('the log', () => {
  const written: string[] = [];
  const write = (level: string) => (text: string | Error) => void written.push(`${level} ${String(text)}`);
  const channel = { trace: write('trace'), debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const log = new RememberedLog(channel as unknown as vscode.LogOutputChannel, () => new Date(0));

  it('is written as before and remembered with time and level', () => {
    log.info('one\ntwo');
    log.error('bad', new Error('worse'));
    expect(written).toEqual(['info one\ntwo', 'error bad']);
    expect(log.lines.slice(0, 3)).toEqual([
      '1970-01-01T00:00:00.000Z [info] one',
      '1970-01-01T00:00:00.000Z [info] two',
      '1970-01-01T00:00:00.000Z [error] bad',
    ]);
    expect(log.lines[3]).toContain('worse');
  });

  it('keeps the newest lines, and no line is endless', () => {
    for (let i = 0; i < 3 * rememberedLines; i++) log.debug(`line ${i} ${'x'.repeat(5000)}`);
    expect(log.lines).toHaveLength(rememberedLines);
    expect(log.lines.at(-1)).toContain(`line ${3 * rememberedLines - 1} `);
    expect(Math.max(...log.lines.map((line) => line.length))).toBeLessThan(2100);
  });
});
