import { Icon } from "./Icon";
import { problemText } from "./problem";

/** What went wrong, where it was tried; nothing while nothing did. Test id: `form-error`. */
export function ProblemNote({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <p className="notice bad" role="alert" data-testid="form-error">
      <Icon name="warning" />
      {problemText(error)}
    </p>
  );
}
