/** The page of index.html: a stream, its state in words and its age. */

import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { StreamPlayer } from './StreamPlayer.jsx';

function Door() {
  const [phase, setPhase] = useState('not there yet');
  const [ageMs, setAgeMs] = useState(null);
  return (
    <main>
      <h1>Front door</h1>
      <StreamPlayer
        server="http://localhost:8000"
        name="door"
        onStateChange={(state) => setPhase(state.phase)}
        onStats={(stats) => setAgeMs(stats.stalenessMs)}
      />
      <p>
        It is <output>{phase}</output>
        {ageMs === null ? '' : `, ${Math.round(ageMs)} ms old`}.
      </p>
    </main>
  );
}

createRoot(document.querySelector('#root')).render(<Door />);
