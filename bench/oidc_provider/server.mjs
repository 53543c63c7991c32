// node server.mjs SETUP: serves until it is told to end.
import { createProvider } from './provider.mjs';
import { openStore, setup } from './setup.mjs';

const provider = createProvider(setup, await openStore());
provider.on('server_error', (_ctx, error) => console.error(error));
const server = provider.listen(setup.port, '127.0.0.1');
process.on('SIGTERM', () => {
  server.closeAllConnections();
  process.exit(0);
});
