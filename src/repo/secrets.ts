/**
 * Texts with a secret in them are held back. The rules are secretlint's recommended set; they are run here and not by
 * `@secretlint/core`, which keeps a profile of every file it has ever seen and searches it for each new one: minutes for
 * a few thousand files. Lines that the repository's authors marked with `secretlint-disable` count as no secret, as they
 * do there. What was found never leaves this file: a reason names the kind and the line.
 */
import { posix } from 'node:path';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import type { SecretLintRuleContext, SecretLintSourceNodeRange } from '@secretlint/types';
import { secretInFile } from './secretFiles';
import { SecretSource } from './secretSource';

/** By the name of the rule. */
const words = new Map([
  ['1password', 'a 1Password token'],
  ['anthropic', 'an Anthropic key'],
  ['aws', 'an AWS access key'],
  ['basicauth', 'a password in a URL'],
  ['database-connection-string', 'a database password'],
  ['databricks', 'a Databricks token'],
  ['docker', 'a Docker token'],
  ['figma', 'a Figma token'],
  ['gcp', 'a Google Cloud key'],
  ['github', 'a GitHub token'],
  ['gitlab', 'a GitLab token'],
  ['grafana', 'a Grafana token'],
  ['groq', 'a Groq key'],
  ['hashicorp-vault', 'a Vault token'],
  ['huggingface', 'a Hugging Face token'],
  ['linear', 'a Linear key'],
  ['notion', 'a Notion token'],
  ['npm', 'an npm token'],
  ['openai', 'an OpenAI key'],
  ['privatekey', 'a private key'],
  ['sendgrid', 'a SendGrid key'],
  ['shopify', 'a Shopify key'],
  ['slack', 'a Slack token'],
  ['vercel', 'a Vercel token'],
]);

/** Off by default there: key ids are found by it, and account numbers, which are no secret. */
const options = { enableIDScanRule: true };
const noSecrets = new Set(['AWSAccountID']);

/**
 * @param path with forward slashes
 * @returns `held back: looks like a GitHub token (line 12)`, or undefined
 */
export async function findSecret(path: string, text: string): Promise<string | undefined> {
  const source = new SecretSource(path, text);
  const held = (index: number, what: string): string => `held back: looks like ${what} (line ${source.indexToPosition(index).line})`;
  const known = secretInFile(path, text);
  if (known) return held(known.index, known.what);
  const found: { rule: string; range: SecretLintSourceNodeRange }[] = [];
  const disabled: { rule: string; range: SecretLintSourceNodeRange }[] = [];
  try {
    for (const rule of rules) {
      const context: SecretLintRuleContext = {
        sharedOptions: {},
        // The rules' own messages quote the secret.
        createTranslator: () => (messageId) => ({ message: '', messageId: String(messageId), data: undefined }),
        report: ({ message, range }) => {
          if (!noSecrets.has(message.messageId)) found.push({ rule: rule.meta.id, range });
        },
        ignore: ({ targetRuleId, range }) => {
          disabled.push({ rule: targetRuleId, range });
        },
      };
      await rule.create(context, options).file?.(source);
    }
  } catch {
    // The error may quote what the rule stumbled over.
    return 'held back: it could not be checked for secrets';
  }
  const secret = found
    .sort((a, b) => a.range[0] - b.range[0])
    .find(({ rule, range }) => !disabled.some((each) => (each.rule === '*' || each.rule === rule) && covers(each.range, range)));
  return secret && held(secret.range[0], words.get(posix.basename(secret.rule).replace('secretlint-rule-', '')) ?? 'a secret');
}

function covers(outer: SecretLintSourceNodeRange, inner: SecretLintSourceNodeRange): boolean {
  return outer[0] <= inner[0] && inner[1] <= outer[1];
}
