//! One invented person as a row of the workbook, typed as a clerk would type it.

use wardbook_base::Dice;
use wardbook_record::units::units;

use super::names::{full_name, pick};

/// The columns of a workbook, by key.
pub(super) const COLUMNS: [&str; 48] = [
    "full_name",
    "person_id_no",
    "birth_date",
    "sex",
    "staff_code",
    "current_title",
    "highest_qualification",
    "political_theory",
    "person_id_issue_date",
    "person_id_issue_place",
    "managing_org",
    "using_org",
    "subject_type",
    "birth_place",
    "home_town",
    "ethnic",
    "religion",
    "permanent_address",
    "current_address",
    "phone",
    "social_insurance_no",
    "marital_status",
    "job_before",
    "first_recruit_date",
    "first_recruit_org",
    "recruit_form",
    "current_org_date",
    "org_unit",
    "title_appoint_date",
    "main_duty",
    "work_status",
    "status_date",
    "party_join_date",
    "party_official_date",
    "general_education",
    "highest_major",
    "state_management",
    "rank_code",
    "rank_date",
    "salary_step",
    "salary_coefficient",
    "salary_date",
    "health_status",
    "height_cm",
    "blood_type",
    "secrecy_level",
    "job_position",
    "verify_status",
];

/// Posts of the leaders of one ward, the first first.
const POSTS: [&str; 21] = [
    "Bí thư Đảng ủy",
    "Chủ tịch UBND",
    "Chủ tịch HĐND",
    "Phó Bí thư Đảng ủy",
    "Phó Chủ tịch UBND",
    "Phó Chủ tịch HĐND",
    "Chủ tịch UBMTTQ Việt Nam",
    "Bí thư Đoàn TNCS Hồ Chí Minh",
    "Chủ tịch Hội Liên hiệp Phụ nữ",
    "Chủ tịch Hội Nông dân",
    "Chủ tịch Hội Cựu chiến binh",
    "Phó Bí thư Đảng ủy",
    "Phó Chủ tịch UBND",
    "Phó Chủ tịch HĐND",
    "Phó Chủ tịch UBND",
    "Phó Bí thư Đảng ủy",
    "Phó Chủ tịch UBND",
    "Phó Chủ tịch HĐND",
    "Phó Chủ tịch UBND",
    "Phó Bí thư Đảng ủy",
    "Phó Chủ tịch HĐND",
];
/// The job position of whoever leads one of these; the other posts are positions of the same name.
const POSITIONS: [(&str, &str); 5] = [
    ("Chủ tịch UBMTTQ Việt Nam", "Chủ tịch UBMTTQ"),
    ("Bí thư Đoàn TNCS Hồ Chí Minh", HEAD_OF_MASSES),
    ("Chủ tịch Hội Liên hiệp Phụ nữ", HEAD_OF_MASSES),
    ("Chủ tịch Hội Nông dân", HEAD_OF_MASSES),
    ("Chủ tịch Hội Cựu chiến binh", HEAD_OF_MASSES),
];
const HEAD_OF_MASSES: &str = "Phó Chủ tịch UBMTTQ (kiêm đứng đầu đoàn thể)";
/// One record of so many has not been verified yet.
const VERIFIED_BUT_ONE_OF: u64 = 16;
/// Work of the others: (post in the list of posts or none, duty, category, division, job position:
/// the lists have none for guards, whose records stay incomplete).
const WORK: [(&str, &str, &str, &str, &str); 10] = [
    (
        "Văn phòng - thống kê",
        "Văn thư, tổng hợp",
        "Công chức",
        OFFICE,
        "Chuyên viên văn phòng - tổng hợp",
    ),
    (
        "Tài chính - kế toán",
        "Kế toán ngân sách",
        "Công chức",
        OFFICE,
        "Chuyên viên tài chính - kế hoạch",
    ),
    ("Tư pháp - hộ tịch", "Đăng ký hộ tịch", "Công chức", OFFICE, "Chuyên viên tư pháp - hộ tịch"),
    (
        "Văn hóa - xã hội",
        "Chính sách người có công",
        "Công chức",
        "Phòng Văn hóa - Xã hội",
        "Chuyên viên lao động - người có công",
    ),
    ("", "Giáo viên tiểu học", "Viên chức", SCHOOL, "Giáo viên"),
    ("", "Giáo viên mầm non", "Viên chức", SCHOOL, "Giáo viên"),
    ("", "Giáo viên trung học cơ sở", "Viên chức", SCHOOL, "Giáo viên"),
    ("", "Nhân viên y tế", "Viên chức", "Trạm y tế", "Nhân viên y tế"),
    ("", "Điều dưỡng", "Viên chức", "Trạm y tế", "Nhân viên y tế"),
    ("", "Nhân viên bảo vệ", "Hợp đồng lao động theo NĐ 111/2022/NĐ-CP", SCHOOL, ""),
];
const OFFICE: &str = "Văn phòng HĐND và UBND";
const SCHOOL: &str = "Trường mầm non / tiểu học / THCS";
const QUALIFICATIONS: [&str; 10] = [
    "Đại học",
    "Đại học",
    "Đại học",
    "Đại học",
    "Đại học",
    "Đại học",
    "Cao đẳng",
    "Cao đẳng",
    "Trung cấp",
    "Thạc sĩ",
];
const MAJORS: [&str; 8] = [
    "Luật",
    "Quản lý nhà nước",
    "Kế toán",
    "Sư phạm tiểu học",
    "Hành chính học",
    "Công tác xã hội",
    "Điều dưỡng",
    "Ngữ văn",
];
const BLOOD: [&str; 4] = ["A", "B", "AB", "O"];

/// What a leader has learnt.
#[derive(Debug)]
pub(super) struct Education {
    pub(super) qualification: &'static str,
    pub(super) political_theory: &'static str,
}

/// A ward as people write it.
#[derive(Debug)]
pub(super) struct Place {
    full: String,
    name: String,
}

impl Place {
    pub(super) fn of(ward: &str) -> Self {
        let unit = units().find(ward).unwrap_or_else(|| panic!("no unit {ward}"));
        Self { full: unit.full_name(), name: unit.name.clone() }
    }
}

/// Makes people, each with numbers of its own.
pub(super) struct Maker<'a> {
    dice: &'a dyn Dice,
    seed: u64,
    made: u64,
}

/// What differs between a leader and the others.
struct Job<'a> {
    title: &'a str,
    duty: &'a str,
    category: &'a str,
    division: &'a str,
    position: &'a str,
    education: Education,
    state_management: &'a str,
    in_party: bool,
    age: u64,
}

impl<'a> Maker<'a> {
    pub(super) const fn new(dice: &'a dyn Dice, seed: u64) -> Self {
        Self { dice, seed, made: 0 }
    }

    /// The `n`-th leader of a ward.
    pub(super) fn leader(&mut self, place: &Place, n: usize, education: &Education) -> Vec<String> {
        let age = 33 + self.dice.below(25);
        let education = Education { ..*education };
        self.person(
            place,
            &Job {
                title: POSTS[n % POSTS.len()],
                duty: "Lãnh đạo, điều hành",
                category: "Cán bộ",
                division: OFFICE,
                position: position_of(POSTS[n % POSTS.len()]),
                education,
                state_management: "Chuyên viên và tương đương",
                in_party: true,
                age,
            },
        )
    }

    /// Somebody who is no leader.
    pub(super) fn staff(&mut self, place: &Place) -> Vec<String> {
        let (title, duty, category, division, position) =
            WORK[usize::try_from(self.dice.below(WORK.len() as u64)).unwrap_or_default()];
        let political_theory = ["Chưa qua đào tạo", "Sơ cấp", "Sơ cấp", "Trung cấp"];
        let education = Education {
            qualification: pick(self.dice, &QUALIFICATIONS),
            political_theory: pick(self.dice, &political_theory),
        };
        let (in_party, age) = (self.dice.below(100) < 45, 24 + self.dice.below(35));
        self.person(
            place,
            &Job {
                title,
                duty,
                category,
                division,
                position,
                education,
                state_management: "Chưa qua bồi dưỡng",
                in_party,
                age,
            },
        )
    }

    fn person(&mut self, place: &Place, job: &Job<'_>) -> Vec<String> {
        let dice = self.dice;
        let female = dice.below(2) == 1;
        let born = 2025 - job.age;
        let recruited = born + 22 + dice.below(2);
        let joined = (recruited + 1 + dice.below(3)).min(2023);
        let step = (1 + (2025 - recruited.min(2025)) / 3).min(9);
        // Scale A1 of NĐ 204/2004: 2.34 and 0.33 a step.
        let hundredths = 234 + 33 * (step - 1);
        let number = self.number();
        let date = |year: u64| format!("{:02}/{:02}/{year}", 1 + dice.below(28), 1 + dice.below(5));
        let party = |text: String| if job.in_party { text } else { String::new() };
        let born_on = format!("{:02}/{:02}/{born}", 1 + dice.below(28), 1 + dice.below(12));
        let joined_on = date(joined);
        let official_on = format!("{}{}", &joined_on[..6], joined + 1);
        let verified = !self.made.is_multiple_of(VERIFIED_BUT_ONE_OF);
        let people_committee = format!("UBND {}", place.name);
        [
            full_name(dice, female),
            id_number(born, female, number),
            born_on,
            (if female { "Nữ" } else { "Nam" }).to_owned(),
            format!("TU{}-{:05}", self.seed, self.made),
            job.title.to_owned(),
            job.education.qualification.to_owned(),
            job.education.political_theory.to_owned(),
            date(2021),
            "Cục Cảnh sát quản lý hành chính về trật tự xã hội".to_owned(),
            "UBND thành phố Tân Uyên".to_owned(),
            people_committee.clone(),
            job.category.to_owned(),
            place.full.clone(),
            place.full.clone(),
            "Kinh".to_owned(),
            "Không".to_owned(),
            place.full.clone(),
            format!("Số {} đường ĐT {}, {}", 1 + dice.below(400), 740 + dice.below(9), place.full),
            format!("09{:08}", number % 100_000_000),
            format!("74{number:08}"),
            (if job.age > 28 { "Đã kết hôn" } else { "Chưa kết hôn" }).to_owned(),
            "Sinh viên".to_owned(),
            date(recruited),
            people_committee,
            "Xét tuyển".to_owned(),
            date(recruited),
            job.division.to_owned(),
            if job.title.is_empty() { String::new() } else { date(2021) },
            job.duty.to_owned(),
            "Đang làm việc".to_owned(),
            date(recruited),
            party(joined_on),
            party(official_on),
            "12/12".to_owned(),
            pick(dice, &MAJORS).to_owned(),
            job.state_management.to_owned(),
            "01.003".to_owned(),
            date(recruited + 1),
            step.to_string(),
            format!("{},{:02}", hundredths / 100, hundredths % 100),
            date(2023),
            "Tốt".to_owned(),
            (if female { 150 + dice.below(16) } else { 160 + dice.below(20) }).to_string(),
            pick(dice, &BLOOD).to_owned(),
            "Không mật".to_owned(),
            job.position.to_owned(),
            (if verified { "Đã xác thực" } else { "" }).to_owned(),
        ]
        .into()
    }

    /// A number that no other person of this seed has, and hardly one of another.
    fn number(&mut self) -> u64 {
        self.made += 1;
        (self.seed * 3137 + self.made) % 1_000_000
    }
}

/// The job position of a post.
fn position_of(post: &'static str) -> &'static str {
    POSITIONS.iter().find(|(of, _)| *of == post).map_or(post, |(_, position)| position)
}

/// Twelve digits: province 074, century and sex, two of the year, six of one's own.
fn id_number(born: u64, female: bool, number: u64) -> String {
    let century = if born < 2000 { 0 } else { 2 };
    format!("074{}{:02}{number:06}", century + u64::from(female), born % 100)
}
