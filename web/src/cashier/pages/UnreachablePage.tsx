import { DisconnectOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useSpeech } from '../texts/speech';
import { Outcome } from './Outcome';

export function UnreachablePage({ onRetry }: { onRetry: () => void }) {
  const { say } = useSpeech();
  return (
    <Outcome icon={<DisconnectOutlined />} title={say('unreachable.title')} text={say('unreachable.text')}>
      <Button block size="large" type="primary" onClick={onRetry} data-testid="retry">
        {say('unreachable.retry')}
      </Button>
    </Outcome>
  );
}
