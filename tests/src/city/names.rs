//! Common Vietnamese names to put people together from.

use wardbook_base::Dice;

const FAMILY: [&str; 24] = [
    "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Lê", "Lê", "Phạm", "Phạm", "Huỳnh",
    "Hoàng", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Đoàn", "Trương",
];
const MIDDLE_M: [&str; 12] =
    ["Văn", "Văn", "Hữu", "Đức", "Minh", "Quốc", "Thanh", "Công", "Xuân", "Ngọc", "Hoàng", "Thành"];
const MIDDLE_F: [&str; 12] = [
    "Thị",
    "Thị",
    "Thị",
    "Thị Ngọc",
    "Thị Thu",
    "Thị Kim",
    "Ngọc",
    "Thị Minh",
    "Thanh",
    "Thị Hồng",
    "Bích",
    "Mỹ",
];
const GIVEN_M: [&str; 32] = [
    "An", "Bình", "Cường", "Dũng", "Đạt", "Đông", "Giang", "Hải", "Hòa", "Hùng", "Khánh", "Kiên",
    "Lâm", "Long", "Mạnh", "Nam", "Nghĩa", "Phong", "Phúc", "Quân", "Quang", "Sơn", "Tài", "Tâm",
    "Thắng", "Thịnh", "Thuận", "Toàn", "Trung", "Tuấn", "Vinh", "Vũ",
];
const GIVEN_F: [&str; 32] = [
    "Ánh",
    "Ân",
    "Bích",
    "Châu",
    "Diễm",
    "Dung",
    "Đào",
    "Giang",
    "Hà",
    "Hạnh",
    "Hiền",
    "Hoa",
    "Hồng",
    "Huệ",
    "Hương",
    "Hường",
    "Lan",
    "Liên",
    "Linh",
    "Mai",
    "My",
    "Nga",
    "Ngân",
    "Nhung",
    "Oanh",
    "Phượng",
    "Quyên",
    "Thảo",
    "Thủy",
    "Trang",
    "Vân",
    "Yến",
];

/// One of a list.
pub(super) fn pick<'a>(dice: &dyn Dice, list: &[&'a str]) -> &'a str {
    list[usize::try_from(dice.below(list.len() as u64)).unwrap_or_default()]
}

/// A full name: family, middle, given.
pub(super) fn full_name(dice: &dyn Dice, female: bool) -> String {
    let (middle, given): (&[&str], &[&str]) =
        if female { (&MIDDLE_F, &GIVEN_F) } else { (&MIDDLE_M, &GIVEN_M) };
    let middle = pick(dice, middle);
    let given = loop {
        let given = pick(dice, given);
        if !middle.ends_with(given) {
            break given;
        }
    };
    format!("{} {middle} {given}", pick(dice, &FAMILY))
}
