//! The language of a text, as far as its index terms depend on it.
//!
//! A language is told by its function words, the most frequent words of any text of some length, and by its script. A text
//! that shows neither, such as a list of part numbers, has none.

use std::{collections::HashMap, str::FromStr, sync::LazyLock};

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation as _;

/// How many words of a text are looked at.
const SAMPLE: usize = 1_000;
/// The fewest words that a decision rests on.
const EVIDENCE: usize = 2;

macro_rules! languages {
    ($($(#[$doc:meta])* $name:ident $code:literal $stops:literal)+) => {
        /// A language whose words have stems here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Language {
            $($(#[$doc])* $name,)+
        }

        impl Language {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The ISO 639-1 code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// Words that carry no meaning in a search, separated by spaces.
            const fn stop_words(self) -> &'static str {
                match self {
                    $(Self::$name => $stops,)+
                }
            }

            fn algorithm(self) -> Algorithm {
                match self {
                    $(Self::$name => Algorithm::$name,)+
                }
            }
        }
    };
}

languages! {
    /// العربية
    Arabic "ar" "من في على إلى عن أن هذا هذه التي الذي ما لا كان مع كل هو هي أو"
    /// Dansk
    Danish "da" "og i jeg det at en den til er som på de med han af for ikke der var mig et har om vi min havde ham hun nu over da fra du ud sin dem os op man hans hvor eller hvad skal kan blev denne hvordan"
    /// Nederlands
    Dutch "nl" "de en van ik te dat die in een hij het niet zijn is was op aan met als voor had er maar om hem dan zou of wat mijn men dit zo door over ze zich bij ook tot je mij uit der naar heb hoe heeft hebben deze u want nog zal me zij nu ge geen omdat iets worden wordt welke"
    /// English
    English "en" "a about above after again against all am an and any are as at be because been before being below between both but by can could did do does doing down during each few for from further had has have having he her here hers him his how i if in into is it its just me more most must my no nor not now of off on once only or other our out over own same shall she should so some such than that the their them then there these they this those through to too under until up very was we were what when where which while who whom why will with would you your"
    /// Suomi
    Finnish "fi" "olla olen on ovat oli ei se että ja hän minä sinä me te he tämä tuo nämä nuo joka jotka mikä kuka kun niin kuin mutta tai sekä vaan myös jos ole missä mitä miten"
    /// Français
    French "fr" "au aux avec ce ces dans de des du elle en et eux il ils je la le les leur lui ma mais me mes moi mon ne nos notre nous on ou par pas pour qu que qui quel quelle quels quelles sa se ses son sur ta te tes toi ton tu un une vos votre vous c d j l à m n s t y est sont été être a ai ont avoir comment cette cet plus"
    /// Deutsch
    German "de" "aber alle als also am an auch auf aus bei bin bis bist da damit das dass dein dem den der des dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer für hat hatte hatten hier hinter ich ihm ihn ihr ihre im in ist ja jede jeder jedes jetzt kann kein keine können man mein mich mir mit muss nach nicht noch nun nur ob oder ohne sehr sein seine sich sie sind so soll über um und uns unser unter viel vom von vor war waren was weil welche welcher welches wenn werde werden wie wieder will wir wird wirst wo wurde zu zum zur zwischen"
    /// Ελληνικά
    Greek "el" "ο η το οι τα του της των τον την και να με σε για από που είναι δεν θα στο στη στην στον ως ή αυτό τι πως"
    /// Magyar
    Hungarian "hu" "a az és hogy nem is egy ez azt meg de ha volt van mint csak már még el ki mi ezt én ő ők be ami aki akkor amely után vagy lesz kell lehet hogyan milyen"
    /// Italiano
    Italian "it" "ad al allo ai agli alla alle con col da dal dalla dei degli del della delle di e è gli ha hanno i il in io la le lei li lo loro lui ma mi mio ne nei nel nella noi non o per perché più quale quali quello questa questo qui se si sono su sua sul sulla suo tra un una uno voi come che chi cui c l anche stato essere"
    /// Norsk
    Norwegian "no" "og i jeg det at en et den til er som på de med han av ikke der så var meg seg men ett har om vi min mitt ha hadde hun nå over da ved fra du ut sin dem oss opp man kan hans hvor eller hva skal selv her alle vil bli ble blitt kunne inn når være noen noe hvordan hvilke"
    /// Português
    Portuguese "pt" "a à ao aos as com como da das de dela dele do dos e é ela ele em entre era essa esse esta este eu foi há isso já lhe mais mas me meu minha muito na nas não nem no nos o os ou para pela pelo por qual quais quando que quem são se sem ser seu sua só também te tem um uma você"
    /// Română
    Romanian "ro" "și si în la de pe cu un o nu este sunt ca să se din care mai pentru a al ale ai am au că ce cum dar după fi fost iar lui ei lor prin sau unde"
    /// Русский
    Russian "ru" "и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее мне было вот от меня еще нет о из ему теперь когда даже ну ли если или ни быть был него до вас они тут где есть для мы их чем была сам чтоб без будет кто этот того потому какой какие это при через"
    /// Español
    Spanish "es" "a al algo como con contra cual cuál cuando de del desde donde durante e el él ella ellos en entre era es esa ese eso esta está este esto están fue ha han hasta hay la las le les lo los más me mi mucho muy nada ni no nos o para pero por porque qué que quien se ser si sí sin sobre son su sus también te tiene todo tu un una uno y ya yo"
    /// Svenska
    Swedish "sv" "och det att i en jag hon som han på den med var sig för så till är men ett om hade de av icke mig du henne då sin nu har inte hans honom skulle hennes där min man ej vid kunde något från ut när efter upp vi dem vara vad över än dig kan sina här ha mot alla under någon eller allt mycket sedan ju denna själv detta åt utan varit hur ingen mitt ni bli blev oss din dessa några vilka vilken"
    /// தமிழ்
    Tamil "ta" "ஒரு என்று மற்றும் இந்த இது என்ற கொண்டு என்பது பல ஆகும் அல்லது அவர் நான் உள்ள அந்த இவர் என முதல் என்ன"
    /// Türkçe
    Turkish "tr" "ve bir bu da de için ile çok ne gibi daha en o ama mı mi mu mü ya ki olan olarak her kadar sonra değil var yok nasıl neden hangi ben sen biz siz şu"
}

/// A text that names no language of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the code of a known language")]
pub struct UnknownLanguage;

impl FromStr for Language {
    type Err = UnknownLanguage;
    fn from_str(code: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.iter().copied().find(|language| language.code() == code).ok_or(UnknownLanguage)
    }
}

impl Language {
    /// The language of a text: the one whose function words are the most of its words. Nothing when none stands out.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let (mut words, mut seen) = (0, vec![0_usize; Self::ALL.len()]);
        for word in text.unicode_words().take(SAMPLE) {
            words += 1;
            let speakers = speakers(&word.to_lowercase());
            for (language, seen) in Self::ALL.iter().zip(&mut seen) {
                *seen += usize::from(speakers & language.bit() != 0);
            }
        }
        // Among equals the first in the alphabet would win; English, which most texts are in, stands in for it.
        let order = |language: Self| (language == Self::English, std::cmp::Reverse(language));
        let counts = seen.into_iter().zip(Self::ALL.iter().copied());
        let (best, language) = counts.max_by_key(|(count, language)| (*count, order(*language)))?;
        // One word in ten is little for a text of any of these languages, and one word is little for any text.
        (best >= EVIDENCE && best * 10 >= words).then_some(language)
    }

    /// Whether a lower-cased word carries no meaning in a search.
    #[must_use]
    pub fn is_stop_word(self, word: &str) -> bool {
        speakers(word) & self.bit() != 0
    }

    fn bit(self) -> u32 {
        1 << (self as u32)
    }

    /// What makes stems of lower-cased words.
    pub(super) fn stemmer(self) -> Stemmer {
        Stemmer::create(self.algorithm())
    }
}

/// The languages that have a word among their function words, one bit each.
fn speakers(word: &str) -> u32 {
    static SPEAKERS: LazyLock<HashMap<&str, u32>> = LazyLock::new(|| {
        let mut speakers: HashMap<&str, u32> = HashMap::new();
        for language in Language::ALL {
            for word in language.stop_words().split(' ') {
                *speakers.entry(word).or_default() |= language.bit();
            }
        }
        speakers
    });
    SPEAKERS.get(word).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_sentence_tells_its_language() {
        let cases = [
            ("How is a revoked key noticed by the other replicas?", Language::English),
            ("Wie lange ist die Kündigungsfrist für die Mitarbeiter?", Language::German),
            ("Comment la clé est-elle remplacée dans les serveurs ?", Language::French),
            ("¿Cómo se cambia la clave de los servidores?", Language::Spanish),
            ("Quando è stato sostituito il certificato della rete?", Language::Italian),
            ("Hoe wordt de sleutel van het systeem vervangen?", Language::Dutch),
            ("Hur byter man ut nyckeln till servern när den har gått ut?", Language::Swedish),
            ("Как часто нужно менять ключ и что для этого есть?", Language::Russian),
            ("Como é que a chave do servidor não foi trocada?", Language::Portuguese),
            ("Anahtar nasıl ve ne kadar sürede değiştirilir, bu çok mu?", Language::Turkish),
        ];
        for (text, language) in cases {
            assert_eq!(Language::of(text), Some(language), "{text}");
        }
    }

    #[test]
    fn what_shows_no_language_has_none() {
        for text in ["", "XJ-4471 DN50 PN16", "東京都", "kubernetes ingress timeout"] {
            assert_eq!(Language::of(text), None, "{text}");
        }
    }

    #[test]
    fn codes_name_languages() {
        let codes: BTreeSet<&str> = Language::ALL.iter().map(|language| language.code()).collect();
        assert_eq!(codes.len(), Language::ALL.len());
        for language in Language::ALL {
            assert_eq!(language.code().parse(), Ok(*language));
        }
        assert_eq!("xx".parse::<Language>(), Err(UnknownLanguage));
    }
}
