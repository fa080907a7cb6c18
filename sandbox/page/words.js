// How Vietnam writes times and money, and the official words of the ten statuses.

const ZONE = 'Asia/Ho_Chi_Minh';
const DAY = new Intl.DateTimeFormat('vi-VN', { timeZone: ZONE, day: '2-digit', month: '2-digit', year: 'numeric' });
const HOUR = { hour: 'numeric', minute: '2-digit', hourCycle: 'h23' };
const CLOCK = new Intl.DateTimeFormat('vi-VN', { timeZone: ZONE, ...HOUR });
const NUMBER = new Intl.NumberFormat('vi-VN');

export const day = (at) => DAY.format(new Date(at));
export const clock = (at) => CLOCK.format(new Date(at)).replace(/^0(?=\d:)/, '');
export const number = (value) => NUMBER.format(value);
export const money = (dong) => `${NUMBER.format(dong)} ₫`;

/** "9:42" today, "24/06/2026" before. */
export const stamp = (at) => (day(at) === day(Date.now()) ? clock(at) : day(at));

/** "Hôm nay, 25/06/2026" or the plain date. */
export const heading = (at) => (day(at) === day(Date.now()) ? `Hôm nay, ${day(at)}` : day(at));

/** Milliseconds as the path shows them: "4,1 ms", "212 ms", "3,02 giây". */
export function took(ms) {
  if (ms >= 1000) return `${NUMBER.format(Math.round(ms / 10) / 100)} giây`;
  return `${NUMBER.format(ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms))} ms`;
}

/** The national names of a dossier's statuses 1 to 10 (facts/vietnam.md, 2.1). */
export const STATUSES = [
  'Mới đăng ký', 'Được tiếp nhận', 'Không được tiếp nhận', 'Đang xử lý', 'Yêu cầu bổ sung giấy tờ',
  'Yêu cầu thực hiện nghĩa vụ tài chính', 'Công dân yêu cầu rút hồ sơ', 'Dừng xử lý', 'Đã xử lý xong', 'Đã trả kết quả',
];

/** What normally comes after each status; the form proposes it. */
export const USUAL_NEXT = { 1: 2, 2: 4, 3: 9, 4: 9, 5: 4, 6: 4, 7: 10, 8: 10, 9: 10, 10: 9 };
