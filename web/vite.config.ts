import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import manifest from "./package.json" with { type: "json" };

const hub = process.env.VEZA_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  define: { __VERSION__: JSON.stringify(manifest.version) },
  // The client library is compiled from its TypeScript source, so one build makes everything.
  resolve: { conditions: ["veza-source", "module", "browser", "development|production"] },
  server: {
    proxy: {
      "/api": { target: hub, changeOrigin: false },
      "/socket.io": { target: hub, ws: true, changeOrigin: false },
    },
  },
  build: {
    target: "es2022",
    sourcemap: false,
    // Small assets stay files: the content security policy has no font-src data: or script data:.
    assetsInlineLimit: 0,
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
