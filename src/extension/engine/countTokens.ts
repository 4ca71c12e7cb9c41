/** The length of a text in tokens comes from the engine; the model is loaded for it. */
import type { CancellationToken } from 'vscode-jsonrpc/node';
import type { CountedText, TokenCounts } from '../../protocol';
import * as messages from '../../protocol/messages';
import type { CountTokens } from '../util/cutToTokens';
import type { SidecarClient } from './sidecarClient';

type Client = Pick<SidecarClient, 'request'>;

/** @param token stops the counting */
export function countTokens(client: Client, texts: CountedText[], token?: CancellationToken): Promise<TokenCounts> {
  return client.request(token, 'explicit', true, (connection, inner) => connection.sendRequest(messages.countTokens, { texts }, inner));
}

/** The same for texts as they are. */
export function countsOf(client: Client, token?: CancellationToken): CountTokens {
  return async (texts) => {
    const counted = texts.map((text) => ({ text }));
    return (await countTokens(client, counted, token)).tokens;
  };
}
