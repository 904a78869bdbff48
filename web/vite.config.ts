import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

import manifest from "./package.json" with { type: "json" };

const hub = process.env.VEZA_URL ?? "http://127.0.0.1:8080";

// The page at /api/docs (public/docs) shows the API's document with Swagger UI, from this host alone.
const swaggerUi: Plugin = {
  name: "swagger-ui",
  apply: "build",
  generateBundle() {
    for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
      const file = fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`));
      this.emitFile({ type: "asset", fileName: `docs/${name}`, source: readFileSync(file) });
    }
  },
};

export default defineConfig({
  plugins: [react(), swaggerUi],
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
