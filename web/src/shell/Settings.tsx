import { lazy, Suspense, type ComponentProps } from "react";

const Loaded = lazy(() => import("./SettingsDialog").then(({ SettingsDialog }) => ({ default: SettingsDialog })));

/** One's own settings; their code comes when they are opened. */
export function Settings(props: ComponentProps<typeof Loaded>) {
  return (
    <Suspense fallback={null}>
      <Loaded {...props} />
    </Suspense>
  );
}
