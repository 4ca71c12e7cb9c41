/** The files as resources: listed in pages, read by their address, and a template that says what addresses look like. */
import { pathToFileURL } from 'node:url';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { messageOf } from '../../protocol/messageOf';
import type { RepositoryFiles } from '../../sidecar/files/repositoryFiles';

const pageSize = 200;
const mimeType = 'text/plain';
/** The protocol's own number for an address that nothing is behind. */
const resourceNotFound = -32002;

export function addResources({ server }: McpServer, files: RepositoryFiles): void {
  server.registerCapabilities({ resources: {} });
  server.setRequestHandler(ListResourcesRequestSchema, async ({ params }) => {
    const { files: all } = await files.look();
    // By its path, so that a file that comes or goes between two pages moves no other.
    const sorted = all.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const after = params?.cursor === undefined ? undefined : pathAt(params.cursor);
    const rest = after === undefined ? sorted : sorted.filter(({ path }) => path > after);
    const page = rest.slice(0, pageSize);
    const last = page.at(-1);
    return {
      resources: page.map(({ path, file }) => ({ uri: pathToFileURL(file.absolutePath).href, name: path, mimeType, size: file.bytes })),
      ...(rest.length > page.length && last ? { nextCursor: Buffer.from(last.path).toString('base64url') } : {}),
    };
  });
  server.setRequestHandler(ListResourceTemplatesRequestSchema, async () => {
    const { folders } = await files.look();
    return {
      resourceTemplates: folders.map(({ folder, name }) => ({
        uriTemplate: `${pathToFileURL(folder).href}/{+path}`,
        name: name === '' ? 'file' : `file of ${name}`,
        description: `A file of ${folder} by its path. Files that are ignored or hold secrets are not read.`,
        mimeType,
      })),
    };
  });
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
    const { lines } = await files.readUri(uri).catch((error: unknown) => {
      throw new McpError(resourceNotFound, messageOf(error), { uri });
    });
    return { contents: [{ uri, mimeType, text: `${lines.join('\n')}\n` }] };
  });
}

/** @throws McpError for what no page has ended with */
function pathAt(cursor: string): string {
  const path = Buffer.from(cursor, 'base64url').toString();
  if (path === '' || Buffer.from(path).toString('base64url') !== cursor)
    throw new McpError(
      ErrorCode.InvalidParams,
      `${JSON.stringify(cursor.slice(0, 80))} is no cursor. Take nextCursor of the page before, or none.`,
    );
  return path;
}
