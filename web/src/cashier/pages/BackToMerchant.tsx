import { Button } from 'antd';
import { useSpeech } from '../texts/speech';

export function BackToMerchant({ returnUrl, primary = false }: { returnUrl: string; primary?: boolean }) {
  const { say } = useSpeech();
  return (
    <Button block size="large" type={primary ? 'primary' : 'default'} href={returnUrl} data-testid="return">
      {say('merchant.back')}
    </Button>
  );
}
