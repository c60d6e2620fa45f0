import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../shared/theme/base.css';
import { Cashier } from './Cashier';
import { tokenIn } from './cashier-api';
import { CrashPage } from './frame/CrashPage';

const root = document.getElementById('cashier');
if (root === null) throw new Error('index.html has no element "cashier"');
createRoot(root).render(
  <StrictMode>
    <CrashPage>
      <Cashier token={tokenIn(location.pathname)} />
    </CrashPage>
  </StrictMode>,
);
