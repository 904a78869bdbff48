import { useTranslation } from "react-i18next";
import { IconButton } from "../shell/Button";
import { Icon } from "../shell/Icon";

interface SearchFieldProps {
  value: string;
  onChange: (value: string) => void;
  testId: string;
  /** In a dialog: where one starts. */
  first?: boolean;
}

/** Search as you type, by title and artist. */
export function SearchField({ value, onChange, testId, first }: SearchFieldProps) {
  const { t } = useTranslation();
  return (
    <div className="search" role="search">
      <Icon name="search" />
      <input
        className="input"
        type="search"
        enterKeyHint="search"
        autoComplete="off"
        spellCheck={false}
        aria-label={t("catalog.search")}
        placeholder={t("catalog.search")}
        value={value}
        data-first={first || undefined}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && value) {
            event.preventDefault();
            event.stopPropagation();
            onChange("");
          }
        }}
        data-testid={testId}
      />
      {value && <IconButton icon="close" size="small" label={t("catalog.clearSearch")} onClick={() => onChange("")} />}
    </div>
  );
}
