import { useWords } from '../parts/i18n';
import { Empty } from '../parts/states';
import w from '../shell/words';

export default function Page() {
  const t = useWords(w);
  return <Empty title={t.later} />;
}
