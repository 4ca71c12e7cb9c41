/**
 * Fetches through the proxy that the environment names (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), as other command-line
 * programs do. Node before version 24 does not look at these variables by itself.
 */
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';
import { BonsaiError } from '../errors';

type Environment = Readonly<Record<string, string | undefined>>;

let inUse: string | undefined;

/** Makes every `fetch` of this process use the proxy. @throws BonsaiError `download` when the variable holds no address */
export function useProxy(env: Environment = process.env): void {
  const set = ['http:', 'https:'].flatMap((protocol) => proxyFor(protocol, env) ?? []);
  const wanted = JSON.stringify([set, env['NO_PROXY'] ?? env['no_proxy']]);
  if (wanted === inUse || (set.length === 0 && inUse === undefined)) return;
  for (const { variable, address } of set)
    if (!URL.canParse(address))
      throw new BonsaiError(
        'download',
        `${variable} does not contain the address of a proxy. Write http://host:port, or remove the variable.`,
      );
  setGlobalDispatcher(new EnvHttpProxyAgent());
  inUse = wanted;
}

/** `HTTPS_PROXY (host:port)`, without the password that may be part of it; undefined: there is none for this address. */
export function proxyName(url: string, env: Environment = process.env): string | undefined {
  const found = proxyFor(new URL(url).protocol, env);
  return found && `${found.variable} (${new URL(found.address).host})`;
}

/** As undici chooses: small letters first, and the proxy of http for https where that has none. */
function proxyFor(protocol: string, env: Environment): { variable: string; address: string } | undefined {
  const http = ['http_proxy', 'HTTP_PROXY'];
  for (const variable of protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY', ...http] : http) {
    const address = env[variable];
    if (address) return { variable, address };
  }
  return undefined;
}
