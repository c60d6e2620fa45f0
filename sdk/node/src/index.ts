export { Feiqian, type ClientOptions, type RequestOptions } from './client.js';
export type { Payments, Refunds, WebhookDeliveries, Webhooks } from './client.js';
export { FeiqianError, type ClientErrorCode, type Problem } from './errors.js';
export { contentDigest, contentDigestMatches } from './content_digest.js';
export { hmacKey, pemSigner, publicKeyVerifier, type Algorithm, type Signer, type Verifier } from './keys.js';
export {
  parseComponent,
  SignatureError,
  signatureBase,
  signMessage,
  verifyMessage,
  type Fields,
  type RequestMessage,
  type ResponseMessage,
  type SignatureParameters,
  type VerifiedSignature,
  type VerifyPolicy,
} from './message_signatures.js';
export { PlatformKeys, type JwkSet } from './platform_keys.js';
export { parseDictionary, StructuredFieldError } from './structured_fields.js';
export { hasWebhookSignature, verifyWebhook, type VerifiedWebhook, type WebhookVerification } from './webhooks.js';
export type * from './types.js';
