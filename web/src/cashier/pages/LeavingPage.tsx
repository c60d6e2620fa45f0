import { methodName, useSpeech } from '../texts/speech';
import { Working } from './Working';

/** The channel's page is asked for, the browser is about to leave. */
export function LeavingPage({ method }: { method: string }) {
  const { say } = useSpeech();
  return <Working title={say('preparing.redirect', { method: methodName(say, method) })} text={say('preparing.redirect.text')} />;
}
