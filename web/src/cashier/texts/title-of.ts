import type { Page } from '../page-of';
import { methodName } from './speech';
import type { Say, TextKey } from './texts';

/** The title of every page: the heading, the document's title and what a screen reader is told when the page changes. */
export function titleOf(page: Page, say: Say): string {
  if (page.name !== 'preparing') return say(`${page.name}.title`);
  return page.scene === 'qr' ? say('preparing.qr') : say('preparing.redirect', { method: methodName(say, page.method) });
}

/** The sentence read out with the title; pages whose text needs values are read from the page itself. */
export function announcementOf(page: Page): TextKey | null {
  switch (page.name) {
    case 'confirming':
    case 'closing':
    case 'time-up':
    case 'expired':
    case 'closed':
    case 'barcode-failed':
    case 'failed':
    case 'no-method':
    case 'not-found':
    case 'unreachable':
      return `${page.name}.text`;
    default:
      return null;
  }
}
