// SPDX-License-Identifier: Apache-2.0
import { render } from 'preact';
import { startLanguage } from '../shared/lang';
import { applyLooks } from '../shared/prefs';
import '../shared/base.css';
import '../shared/chart.css';
import './console.css';
import { App } from './app';
import { start } from './state';

applyLooks();
startLanguage(null);
render(<App />, document.getElementById('app')!);
void start();
