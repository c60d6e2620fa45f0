import { Skeleton } from 'antd';
import { useSpeech } from '../texts/speech';
import { Heading } from './Heading';

export function LoadingPage() {
  const { say } = useSpeech();
  return (
    <>
      <Heading>{say('loading.title')}</Heading>
      <Skeleton active paragraph={{ rows: 5 }} title={false} />
    </>
  );
}
