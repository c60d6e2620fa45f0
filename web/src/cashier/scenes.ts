import type { Attempt, OfferedMethod, Scene } from './payment-view';

export type Layout = 'pc' | 'phone';

const kPreferred: Readonly<Record<Layout, readonly Scene[]>> = {
  pc: ['qr', 'page', 'wap'],
  phone: ['wap', 'page', 'qr'],
};

/** The ways to pay with a method that make sense on this device, best first: at most one redirect beside the QR code. */
export function scenesFor(layout: Layout, offered: OfferedMethod | undefined): readonly Scene[] {
  const scenes = kPreferred[layout].filter((scene) => offered?.scenes.includes(scene));
  const redirect = scenes.find(isRedirect);
  return scenes.filter((scene) => scene === 'qr' || scene === redirect);
}

export function isRedirect(scene: Scene | null): boolean {
  return scene === 'page' || scene === 'wap';
}

/**
 * An attempt whose outcome is open must not be followed by a second one — unless the payer was never given anything to pay
 * with (no code, no address): then nothing can have been paid, and asking once more is harmless.
 */
export function payerCannotHavePaid(attempt: Attempt): boolean {
  return attempt.qr_code === null && attempt.qr_svg === null && attempt.redirect_url === null;
}

/** Where a QR code leads when it is the sandbox's (this machine): a link then spares the developer a second device. */
export function sandboxWallet(qrCode: string | null): string | null {
  if (qrCode === null) return null;
  try {
    const { protocol, hostname } = new URL(qrCode);
    const here = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
    return here && /^https?:$/.test(protocol) ? qrCode : null;
  } catch {
    return null;
  }
}
