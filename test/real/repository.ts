/** A small repository of known content that real models are asked about: few tokens, constants that no model knows by heart. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const files = {
  'src/limits.ts': `/** Milliseconds between two attempts to reach the warehouse. */
export const RETRY_PAUSE_MS = 4730;

/** Items that one order may hold. */
export const MAX_ITEMS_PER_ORDER = 83;
`,
  'src/money.ts': `/** An amount in cents, so that sums are exact. */
export interface Money {
  cents: number;
  currency: 'EUR' | 'USD';
}

export function addMoney(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new Error('Currencies differ');
  return { cents: a.cents + b.cents, currency: a.currency };
}

export function formatMoney({ cents, currency }: Money): string {
  return \`\${(cents / 100).toFixed(2)} \${currency}\`;
}
`,
  'src/order.ts': `import { MAX_ITEMS_PER_ORDER } from './limits';
import { addMoney, type Money } from './money';

export interface Item {
  name: string;
  price: Money;
  count: number;
}

export class Order {
  private readonly items: Item[] = [];

  add(item: Item): void {
    if (this.items.length >= MAX_ITEMS_PER_ORDER) throw new Error('The order is full');
    this.items.push(item);
  }

  total(): Money {
    return this.items.reduce<Money>((sum, { price, count }) => addMoney(sum, { ...price, cents: price.cents * count }), {
      cents: 0,
      currency: 'EUR',
    });
  }
}
`,
  'src/warehouse.ts': `import { setTimeout as pause } from 'node:timers/promises';
import { RETRY_PAUSE_MS } from './limits';

/** Asks the warehouse whether an item is there, three times at most. */
export async function inStock(name: string, ask: (name: string) => Promise<number>): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await ask(name)) > 0;
    } catch (error) {
      if (attempt === 3) throw error;
      await pause(RETRY_PAUSE_MS);
    }
  }
}
`,
  'src/report.ts': `import { formatMoney } from './money';
import type { Order } from './order';

export function reportLine(number: number, order: Order): string {
  return \`Order \${number}: \${formatMoney(order.total())}\`;
}

export function report(orders: readonly Order[]): string {
  return orders.map((order, index) => reportLine(index + 1, order)).join('\\n');
}
`,
  'README.md': `# shop

Orders of a small shop: amounts are in cents, the warehouse is asked before anything is promised.
`,
};

/** @returns a folder of its own with the repository in it, named `shop` */
export function writeRepository(): { folder: string; repository: string } {
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-real-'));
  const repository = join(folder, 'shop');
  for (const [path, text] of Object.entries(files)) {
    const file = join(repository, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return { folder, repository };
}
