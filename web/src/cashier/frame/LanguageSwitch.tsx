import { GlobalOutlined } from '@ant-design/icons';
import type { Language } from '../../shared/language/language';
import { useSpeech } from '../texts/speech';
import styles from './LanguageSwitch.module.css';

export function LanguageSwitch({ onLanguage }: { onLanguage: (language: Language) => void }) {
  const { language, say } = useSpeech();
  const other: Language = language === 'en' ? 'zh-CN' : 'en';
  return (
    <button type="button" className={styles.switch} data-testid="language" aria-label={say('language.switch')} onClick={() => onLanguage(other)}>
      <GlobalOutlined aria-hidden="true" />
      <span lang={other}>{say('language.other')}</span>
    </button>
  );
}
