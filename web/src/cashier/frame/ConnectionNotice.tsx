import { Alert } from 'antd';
import { useSpeech } from '../texts/speech';
import styles from './ConnectionNotice.module.css';

export function ConnectionNotice() {
  const { say } = useSpeech();
  return <Alert className={styles.notice ?? ''} type="warning" showIcon title={say('link.lost')} data-testid="link-lost" />;
}
