// Imported first: libraries read the proxy's settings as they are loaded.
import { exceptLoopback } from '../../lib/cli/loopback-proxy.ts';

exceptLoopback(process.env);
