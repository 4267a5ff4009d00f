// The pages of the application: where they are, who may see them, and how they are loaded. A page is a folder with an
// index.tsx whose default export is the component; it gets its own route below path, and everything heavy stays in it.
import { BarChartOutlined, BookOutlined, CheckSquareOutlined, CustomerServiceOutlined, PhoneOutlined, PulseOutlined, SettingOutlined } from './icons';
import type { ComponentType } from 'react';
import type { Role } from './session';

export type PageID = 'desk' | 'live' | 'calls' | 'knowledge' | 'quality' | 'insights' | 'settings';
export interface Page { id: PageID; path: string; icon: ComponentType; roles: Role[]; load(): Promise<{ default: ComponentType }>; later?: boolean } // later: not built yet, so nothing leads to it

export const pages: Page[] = [
  { id: 'desk', path: '/desk', icon: CustomerServiceOutlined, roles: ['agent', 'supervisor'], load: () => import('../desk') },
  { id: 'live', path: '/live', icon: PulseOutlined, roles: ['supervisor'], load: () => import('../live') },
  { id: 'calls', path: '/calls', icon: PhoneOutlined, roles: ['agent', 'supervisor', 'quality'], load: () => import('../calls') },
  { id: 'knowledge', path: '/knowledge', icon: BookOutlined, roles: ['knowledge'], load: () => import('../knowledge') },
  { id: 'quality', path: '/quality', icon: CheckSquareOutlined, roles: ['quality', 'agent'], load: () => import('../quality') },
  { id: 'insights', path: '/insights', icon: BarChartOutlined, roles: ['quality', 'supervisor'], load: () => import('../insights') },
  { id: 'settings', path: '/settings', icon: SettingOutlined, roles: ['agent', 'supervisor', 'knowledge', 'quality'], load: () => import('../settings') },
];
