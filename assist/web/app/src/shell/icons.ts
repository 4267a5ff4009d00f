// Only the icons that are used, so that the rest is not loaded.
export { default as BarChartOutlined } from '@ant-design/icons/es/icons/BarChartOutlined';
export { default as BookOutlined } from '@ant-design/icons/es/icons/BookOutlined';
export { default as CheckSquareOutlined } from '@ant-design/icons/es/icons/CheckSquareOutlined';
export { default as CustomerServiceOutlined } from '@ant-design/icons/es/icons/CustomerServiceOutlined';
export { default as PhoneOutlined } from '@ant-design/icons/es/icons/PhoneOutlined';
export { default as PulseOutlined } from '@ant-design/icons/es/icons/RadarChartOutlined';
export { default as SettingOutlined } from '@ant-design/icons/es/icons/SettingOutlined';
export { default as BellOutlined } from '@ant-design/icons/es/icons/BellOutlined';
export { default as SearchOutlined } from '@ant-design/icons/es/icons/SearchOutlined';
export { default as UserOutlined } from '@ant-design/icons/es/icons/UserOutlined';
export { default as LikeOutlined } from '@ant-design/icons/es/icons/LikeOutlined';
export { default as DislikeOutlined } from '@ant-design/icons/es/icons/DislikeOutlined';
