// The scored calls: which to look at first, one of them with its form, and the forms.
import { Route, Switch } from 'wouter';
import { useMay } from '../shell/session';
import { Calibrations, OneCalibration } from './Calibrate';
import { Call } from './Call';
import { Coaching } from './Coaching';
import { Forms, OneForm } from './Forms';
import { Heard } from './Heard';
import { Inbox, Own } from './Inbox';
import '../calls/calls.css';
import './quality.css';
import './wave.css';

export default function Quality() {
  const judge = useMay('quality');
  return (
    <Switch>
      <Route path="/quality/calls/:id">{p => <Call key={p.id} id={p.id} judge={judge} />}</Route>
      {judge && <Route path="/quality/forms"><Forms /></Route>}
      {judge && <Route path="/quality/forms/:id">{p => <OneForm key={p.id} id={p.id} />}</Route>}
      {judge && <Route path="/quality/calibrations"><Calibrations /></Route>}
      {judge && <Route path="/quality/calibrations/:id">{p => <OneCalibration key={p.id} id={p.id} />}</Route>}
      {judge && <Route path="/quality/coaching"><Coaching /></Route>}
      {judge && <Route path="/quality/recognition"><Heard /></Route>}
      <Route>{judge ? <Inbox /> : <Own />}</Route>
    </Switch>
  );
}
