/** Whether this tab has already gone back to the merchant after a payment. Without storage: not known, so it goes again. */
const kPrefix = 'feiqian.returned.';

export function hasReturned(paymentId: string): boolean {
  try {
    return sessionStorage.getItem(kPrefix + paymentId) !== null;
  } catch {
    return false;
  }
}

export function rememberReturn(paymentId: string): void {
  try {
    sessionStorage.setItem(kPrefix + paymentId, '1');
  } catch {
    return;
  }
}
