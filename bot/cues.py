"""The words by which an intent is known: patterns over folded, repaired words (no diacritics), one idea a line.

Folding makes words collide ("đợt", "dốt"; "các", "cặc"), so a cue is a phrase wherever its word alone could be another.
"""

import re

_ME = "(?:toi|em|minh|tui|con|chau|anh|chi|nha em|nha toi|bo em|me em|vo em|chong em)"
_PAY = "(?:nop|dong|tra|thanh toan|chuyen khoan|chuyen tien)"
_MONEY = "(?:tien|phi|le phi|thue|truoc ba)"
_ASKED = "(?:chua (?:co|thay|xong|duoc|lay|nhan|nghe|tra)|(?:toi|den) dau roi|xong chua|duoc chua|co chua)"
_WHEN = "(?:khi nao|bao gio|chung nao) (?:\\w+ ){0,2}?(?:co|lay|duoc|xong|nhan|tra)"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


GREETING_WORDS = frozenset(
    word
    for line in (
        "xin chao hi hello helo hey alo alooo a ah da vang oi ok oke okie okay uh um u cam on thank thanks thankyou",
        "tks thks nhieu nhe nha ban ad admin shop em anh chi co chu bac ca minh toi bot can bo buoi sang trua chieu",
        "ngay moi tot lanh tam biet bye hen gap lai good morning duoc roi biet hieu hihi haha hehe kk vui ve moi nguoi",
    )
    for word in line.split()
)
GREETING = _any(
    "chao|hi|hello|helo|hey|alo|alooo|ok|oke|okie|okay|cam on|thanks?|thankyou|tks|thks|tam biet|bye|da|uh|um",
    "good morning|hihi|haha|hehe|buoi sang|duoc roi|hieu roi|biet roi|vang a|da vang|^vang$",
)
VAGUE_WORDS = frozenset(
    word
    for line in (
        "giay to ho so thu tuc lam thong tin doi nop hoi viec nay kia gi sao the nao giup voi can ho tro tu van",
        "huong dan ban menu bat dau help start su dung chuc nang dich vu hanh chinh xin muon biet ve chut cai mot it",
        "duoc khong co ai tra cuu xem khi oi a em toi minh anh chi cho la va thi nhu bot may noi nhung ra o dau",
        "giai dap danh sach cach dung cau tra loi",
    )
    for word in line.split()
)
HELP = _any(
    "huong dan su dung|cach su dung|cach dung|day la (?:cai )?gi|ban la ai|may la ai|chuc nang|menu",
    "ban (?:co the )?(?:lam|giup|tra loi) duoc (?:nhung )?(?:gi|viec gi)|biet lam (?:nhung )?gi",
    "bot (?:nay )?(?:lam|giup|dung) (?:duoc gi|de lam gi|gi)|giup duoc (?:nhung )?gi|tra cuu duoc (?:nhung )?gi",
    "(?:hoi|nhan|go) nhu the nao|co nhung thu tuc nao",
)
HUMAN = _any(
    "(?:gap|noi chuyen(?: truc tiep)? voi|noi voi|chat voi|lien he(?: voi)?|ket noi(?: voi)?|goi(?: cho)?) "
    "(?:\\w+ ){0,2}?(?:can bo|nhan vien|tu van vien|tong dai|chuyen vien|lanh dao|nguoi that|quan ly|ai do)",
    "(?:cho|muon|can) (?:\\w+ )?gap nguoi|nguoi that|tong dai|hotline|duong day nong|gap ai|tu van truc tiep",
    "so dien thoai (?:ho tro|lien he|tong dai|can bo|mot cua)|sdt can bo|goi lai cho (?:toi|em|minh)",
    "(?:bot|may) (?:nay )?(?:khong|chang) hieu|khong muon (?:noi|chat) voi (?:may|bot)|dung tra loi tu dong",
    "co ai (?:o do|truc|tra loi|ho tro)|can nguoi (?:ho tro|tu van|giup)|chuyen (?:cho|qua|sang) (?:can bo|nguoi)",
)
STOP = _any(
    "unsubscribe|stop|huy dang ky nhan|bo theo doi|chan tin",
    "(?:tu choi|ngung|dung|huy|tat|khong|thoi|cham dut|bo) (?:\\w+ ){0,3}?(?:nhan|gui|bao|thong bao) ?"
    "(?:cac |nhung )?(?:tin nhan|tin|thong bao|sms|zalo)",
    "(?:tat|huy|khoa) (?:thong bao|nhan tin|tin nhan|theo doi)",
    "(?:dung|thoi) (?:\\w+ ){0,2}?(?:lam phien|spam|nhan tin|gui tin|nhan nua|gui nua)|khong (?:nhan tin|lam phien)",
)
SURVEY = _any(
    "(?:danh gia|cham diem|gop y|nhan xet|khao sat|phan anh|khen|che) (?:\\w+ ){0,4}?"
    "(?:dich vu|can bo|mot cua|thai do|phuc vu|nhan vien|hai long|trung tam|chat luong|cong chuc|tiep dan|sao|diem)",
    "khao sat (?:hai long|y kien)|muc do hai long|hai long|[1-5] sao$|cham [1-5]",
    "(?:muon|cho) (?:\\w+ )?(?:danh gia|gop y)|phieu (?:danh gia|khao sat)|^danh gia$|^khao sat$|^gop y$",
    "thai do (?:phuc vu )?(?:cua )?(?:can bo|nhan vien|tiep dan)",
    "(?:can bo|nhan vien|chi|anh|co|chu) (?:\\w+ ){0,4}?"
    "(?:nhiet tinh|chu dao|de thuong|hach sach|cau gat|tho lo|cham chap)",
    "(?:can bo|nhan vien) (?:\\w+ ){0,2}?(?:phuc vu|lam viec) (?:\\w+ ){0,2}?(?:tot|kem|te|do|nhanh|cham)",
)
_AROUND = (
    "toi em minh tui con chau anh chi nha bo me vo chong a da vang oi ad admin shop bot can giup voi gium cho xin",
    "hoi muon biet xem coi kiem tra cuu la ma thi co khong phai duoc roi gi nao sao the vay nhi nhe nua them nay",
    "kia cac cai do cua o dau bao nhieu may mot ai chung khi luc hom qua mai tuan thang truoc vua moi ngay bay",
    "gio hien tai nhu vi hay chua dang se bi nhung ay cung luon va ra di lai len xuong den tren chieu sang trua",
    "thu hai ba tu nam sau",
)
_AROUND_WORDS = frozenset(word for line in _AROUND for word in line.split())
_OF_DOSSIERS = frozenset(
    word
    for line in (
        "ho so giay to don ket qua xong duyet ky tra nhan lay hen tre han lau cham bao gio buoc khau xu ly giai",
        "quyet nop gui thay tin goi len luong thong bo sung tinh trang tien do tham dinh chuyen may cho doi hoai",
        "mai ve lam dong phi le thue thanh toan khoan no thieu con ngan hang the mat web cong mang loi online",
        "truc tuyen bien lai hoa truoc ba tong nghia vu tai chinh ghi cap nhat het tiep nua",
    )
    for word in line.split()
)
ONLY_DOSSIER_WORDS = _AROUND_WORDS | _OF_DOSSIERS
"""A message of only these words names no procedure: it is about a dossier of the one who asks, or its money."""
ANY_MONEY = _any(
    f"(?:{_PAY}|no|thieu|mat|het|tinh|con) (?:\\w+ ){{0,3}}?(?:{_MONEY}|bao nhieu)",
    f"(?:{_MONEY}) (?:\\w+ ){{0,4}}?{_PAY}|khoan nao|bien lai|thanh toan|chuyen khoan|nghia vu tai chinh",
)
ANY_STATE = _any(
    "xong|ket qua|duyet|ky|hen|tre|lau|cham|tinh trang|tien do|tham dinh|xu ly|giai quyet|toi dau|den dau|sao roi",
    "(?:bi )?tra (?:ve|lai|giay)|(?:khi nao|bao gio|chua|bua nao) (?:\\w+ ){0,2}?(?:co|lay|nhan|tra|thay)",
    "(?:co|lay|nhan|tra|thay) (?:\\w+ ){0,2}?(?:chua|khi nao|bao gio)|ho so nao|cho (?:hoai|mai)|bo sung",
    "(?:bao nhieu|may) ho so|nop (?:\\w+ ){0,2}?(?:hom|tuan|thang) (?:\\w+ )?(?:truoc|qua|roi)|chung nao|o khau|goi",
)
FEE = _any(
    f"thue (?:\\w+ ){{0,3}}?(?:tinh|ra|co) (?:xong )?chua|tinh (?:thue|tien) (?:xong )?chua|bao no (?:{_MONEY})",
    "(?:con|dang|bi) no (?:bao nhieu|tien|phi)|quet (?:ma )?qr|(?:ma )?qr (?:\\w+ ){0,3}?(?:loi|nop|dong)|bien lai",
    f"ho so (?:\\w+ ){{0,4}}?{_PAY} (?:bao nhieu|them|{_MONEY})|{_PAY} {_MONEY} (?:cho |cua )?ho so",
    f"thue (?:dat )?(?:cua )?ho so|ho so (?:\\w+ ){{0,3}}?thong bao (?:thue|nop|dong)|so tien phai {_PAY}",
    f"{_PAY} (?:{_MONEY} )?(?:\\w+ ){{0,3}}?(?:bi loi|that bai|chua (?:thay|cap nhat|bao)|2 lan|hai lan|nham)",
    f"(?:da|moi|lo) {_PAY} {_MONEY} (?:roi|nhung|ma|sao)|{_PAY} {_MONEY} (?:roi|xong) (?:ma|sao|chua|nhung|he thong)",
    "chuyen khoan roi|momo|vnpay|viettel money|internet banking|bi tru tien|khoan phai nop|so tai khoan",
    f"{_PAY} (?:phi|le phi|tien) (?:\\w+ ){{0,2}}?(?:qua mang|online|truc tuyen|qua ngan hang|bang (?:the|cach nao))",
    f"thong bao nop (?:{_MONEY} )?(?:\\w+ ){{0,3}}?(?:o dau|chua|bao nhieu)|ra thong bao chua|co thong bao thue chua",
    f"{_ME} con (?:phai )?{_PAY} (?:bao nhieu|{_MONEY})|han (?:nop|dong) (?:tien|phi) (?:cua )?ho so",
)
DOSSIER = _any(
    f"(?:da|moi|lo) nop (?:\\w+ ){{0,5}}?(?:ma|sao|chua|bao gio|khi nao)|co ho so nao|ho so nao (?:cua )?{_ME}",
    "(?:ky|duyet|xong|ra ket qua|lay duoc|nhan duoc|tra ket qua) chua(?: \\w+){0,3}$|bi tra (?:ve|lai) ",
    "(?:xem|coi|tra|kiem tra|hoi) (?:\\w+ ){0,8}?nop (?:hom|tuan|thang|bua|ngay)|hen (?:\\w+ ){0,4}?(?:lay|tra|nhan)",
    "(?:tra cuu|kiem tra|xem|coi|check|hoi|theo doi|tinh trang|tien do|ket qua|trang thai) "
    "(?:\\w+ ){0,3}?(?:ho so|ma ho so|bien nhan|tien do)",
    f"ho so (?:\\w+ ){{0,8}}?(?:{_ASKED}|sao roi|tre hen|qua hen|qua han|bi tra lai|toi khau nao|o dau roi|den dau)",
    f"ho so (?:\\w+ ){{0,4}}?(?:o|toi|den|qua) (?:khau|buoc|phong) nao|ho so (?:cua )?{_ME}$|ho so cua toi",
    "ma ho so|^ma (?:tra cuu|bien nhan)",
    "(?:quen|mat|khong nho|khong biet|tim|xem) (?:\\w+ ){0,2}?(?:so ho so|ma tra cuu|so bien nhan|giay hen|phieu hen)",
    f"nop (?:\\w+ ){{0,8}}?(?:{_ASKED}|{_WHEN})",
    "lam (?:\\w+ ){0,8}?(?:xong chua|chua xong|(?:toi|den) dau roi)",
    "giay to (?:\\w+ ){0,3}?nop (?:\\w+ ){0,4}?xong chua",
    f"{_WHEN} (?:\\w+ )?ket qua|(?:co|ra|tra|lay|nhan) ket qua (?:chua|khi nao|bao gio)|qua ngay hen|tre hen|cham hen",
    "(?:duyet|giai quyet|xu ly) (?:xong )?(?:toi dau|den dau|chua)$|lam xong chua|(?:da )?co ket qua chua",
    f"bo sung (?:\\w+ ){{0,3}}?ho so (?:cua )?{_ME}|rut (?:lai )?ho so (?:da nop|cua {_ME})",
    "tien do (?:xu ly|giai quyet)",
)
LEGAL = _any(
    "phat (?:bao )?nhieu|phat (?:the nao|ra sao|tien)|bi (?:xu )?phat|muc phat|xu phat|co (?:bi )?phat|tinh lai",
    "dung luat|trai luat|vi pham|pham luat|pham phap|quyen loi|khoi kien|kien (?:ra toa|duoc)|di tu|nam tu",
    "luat quy dinh|theo luat|phap luat quy dinh|hop phap khong|bi cam|nghiem cam|khac nhau|khac gi|tai sao|vi sao",
    "cach tinh|tinh (?:luong )?(?:nhu )?the nao|tieu chuan|toi da|toi thieu|tai trong|toc do|nong do con",
    "duoc huong (?:bao nhieu|may|gi)|duoc nghi may|bao nhieu (?:tan|nam|phan tram)|la gi$",
)
SMALL_TALK = _any(
    "thoi tiet|troi (?:mua|nang)|nau (?:mon|bo|pho|canh)|mon (?:gi|nao) ngon|cach (?:nau|lam banh)|bong da|ty so",
    "xo so hom nay|ket qua so|gia (?:vang|xang|heo|ca phe|tieu) (?:hom nay|bao nhieu|may)|xem phim|nghe nhac|bai hat",
    "ke chuyen|truyen cuoi|lam tho|viet (?:bai|tho|code|van)|giai (?:toan|bai)|bai tap|lap trinh|python",
    "(?:xem|la so) tu vi|xem boi",
    "cung hoang dao|nguoi yeu|chia tay|yeu em|yeu khong|buon qua|an gi|quan an ngon|giam can|hoc gioi|choi game",
    "lich nghi|nghi le|nghi tet|mo cua may gio|gio lam viec|lam viec (?:tu )?(?:may|thu)|thu (?:7|bay) co|chu nhat co",
    "(?:chu tich|bi thu|truong thon|can bo) (?:\\w+ ){0,2}?(?:la ai|ten gi|ten la gi|la nguoi nao)|^ai la|la ai$",
    "ten gi$|ten la gi$|dia chi (?:uy ban|ubnd|cua xa|tru so)|so dien thoai (?:cua )?(?:uy ban|xa|phuong|cong an)",
    "dan so|bao nhieu tuoi roi|ban may tuoi|gioi hon",
)
HOSTILE = _any(
    "(?:bo qua|quen) (?:\\w+ ){0,3}?(?:huong dan|chi dan|lenh|yeu cau|quy tac)|prompt|system|ignore|instructions?",
    "jailbreak|developer mode|dan mode|api key|mat khau (?:admin|he thong|cua ban)|drop table|insert into",
    "select \\w+ from|script|sudo|dong vai|gia vo (?:la|ban)|hay tra loi (?:la|rang)|thong tin ca nhan cua",
    "danh sach (?:nguoi dan|so dien thoai|cong dan)|so dien thoai cua (?:ong|ba|anh|chi)",
    "xem (?:ho so|can cuoc|so dien thoai) cua (?:ong|ba|hang xom|nguoi khac)",
    "(?:do|bot|may|sao|bon|lu) ngu|ngu (?:vay|the|qua)$|ngu nhu|oc cho|dmm?|dcm|vcl|vkl|clm|cho chet|cut di",
    "(?:bot|do|that) vo dung|mat day|bot nhu|nhu (?:cc|cut|cl)",
    "kiem tien (?:online|tai nha)|vay (?:tien )?(?:nhanh|nong|online)|casino|ca do|nohu|no hu|inbox|crypto|bitcoin",
    "tuyen ctv|lam viec tai nha|can ban (?:gap|lo|nha|dat|xe)|nhan lam (?:bang|giay|can cuoc|the)|uy tin gia re",
)
