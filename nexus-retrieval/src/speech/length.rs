use bytes::Bytes;

/// How long a character is at most, read slowly: a syllable of Chinese or Japanese.
const SLOWEST: u64 = 250;
/// How long one usually is.
const USUAL: u64 = 70;

const KBITS_1: [u32; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBITS_2: [u32; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/// How long a text of so many characters will be at most, in thousandths of a second.
pub(crate) fn longest(chars: u64) -> u64 {
    chars.saturating_mul(SLOWEST)
}

/// How long the sound of a text is in thousandths of a second, and whether that is only reckoned from the text because the
/// sound does not say so.
pub(crate) fn length(sound: &Bytes, chars: u64) -> (u64, bool) {
    match millis(sound) {
        Some(millis) => (millis, false),
        None => (chars.saturating_mul(USUAL), true),
    }
}

/// How long MP3 is, by the headers of its frames; nothing where it does not begin with one: what looks like a header in
/// other bytes is chance.
fn millis(sound: &[u8]) -> Option<u64> {
    let (mut rest, mut nanos, mut frames) = (behind_tag(sound), 0_u64, 0_u64);
    frame(rest)?;
    while let Some((_, next)) = rest.split_first() {
        let Some((frame, behind)) = frame(rest) else {
            rest = next;
            continue;
        };
        // The first may hold a table of contents in place of sound.
        if frames > 0 || !is_contents(rest) {
            nanos = nanos.saturating_add(frame.nanos());
        }
        frames += 1;
        rest = behind;
    }
    (nanos > 0).then(|| nanos.div_ceil(1_000_000))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frame {
    samples: u32,
    /// Samples a second.
    rate: u32,
    bytes: usize,
}

impl Frame {
    fn nanos(self) -> u64 {
        u64::from(self.samples) * 1_000_000_000 / u64::from(self.rate)
    }

    /// Reads the header of a frame of MPEG 1, 2 or 2.5, layer 3.
    fn read(bytes: &[u8]) -> Option<Self> {
        let [first, second, third, _] = *bytes.first_chunk::<4>()?;
        let is_layer_3 = second & 0b0000_0110 == 0b0000_0010;
        if first != 0xff || second & 0b1110_0000 != 0b1110_0000 || !is_layer_3 {
            return None;
        }
        let (kbits, samples, divisor) = match (second >> 3) & 0b11 {
            0b11 => (KBITS_1, 1152, 1),
            0b10 => (KBITS_2, 576, 2),
            0b00 => (KBITS_2, 576, 4),
            _ => return None,
        };
        let kbits = *kbits.get(usize::from(third >> 4).checked_sub(1)?)?;
        let rate = [44_100, 48_000, 32_000].get(usize::from((third >> 2) & 0b11))? / divisor;
        let padding = u32::from((third >> 1) & 1);
        let bytes = usize::try_from(samples / 8 * kbits * 1000 / rate + padding).ok()?;
        Some(Self { samples, rate, bytes })
    }
}

/// The frame that begins here and is whole, and what follows it.
fn frame(bytes: &[u8]) -> Option<(Frame, &[u8])> {
    let frame = Frame::read(bytes)?;
    Some((frame, bytes.get(frame.bytes..)?))
}

/// What follows the tag at the beginning, if there is one.
fn behind_tag(sound: &[u8]) -> &[u8] {
    let Some([b'I', b'D', b'3', _, _, flags, a, b, c, d]) = sound.first_chunk::<10>() else { return sound };
    let size = [a, b, c, d].into_iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f));
    let footer = if flags & 0b0001_0000 == 0 { 0 } else { 10 };
    sound.get(10 + size + footer..).unwrap_or_default()
}

fn is_contents(frame: &[u8]) -> bool {
    let head = frame.get(..48).unwrap_or(frame);
    head.windows(4).any(|word| word == b"Xing" || word == b"Info")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// Frames of 128 kbit/s at 44,100 Hz: 417 bytes, 26.122 ms.
    fn frames(count: usize) -> Vec<u8> {
        let frame = [&[0xff, 0xfb, 0x90, 0x00][..], &[0; 413]].concat();
        frame.repeat(count)
    }

    #[test]
    fn the_length_is_that_of_all_frames() {
        assert_eq!(millis(&frames(1)), Some(27));
        assert_eq!(millis(&frames(1000)), Some(26_123));
        // What speech is usually made of: MPEG 2, 24,000 Hz, 160 kbit/s and 64 kbit/s in turn.
        let speech: Vec<u8> = [(0xe4, 480), (0x84, 192)]
            .iter()
            .flat_map(|(third, bytes)| [&[0xff, 0xf3, *third, 0xc4][..], &vec![0; bytes - 4]].concat())
            .collect();
        assert_eq!(millis(&speech.repeat(50)), Some(2_400));
    }

    #[test]
    fn what_is_no_sound_is_not_counted() {
        let tag = [&b"ID3\x04\x00\x00\x00\x00\x01\x00"[..], &[0xff; 128]].concat();
        let mut contents = frames(1);
        contents.splice(36..40, *b"Xing");
        let old_tag = [&b"TAG"[..], &[0; 125]].concat();
        let sound = [tag, contents, frames(100), old_tag].concat();
        assert_eq!(millis(&sound), Some(2_613));
        // Rubbish between frames is passed over; half a frame at the end is nothing.
        let half: Vec<u8> = frames(1).into_iter().take(200).collect();
        let torn = [frames(10), vec![0xff, 0x00, 0xff, 0xfb], frames(10), half].concat();
        assert_eq!(millis(&torn), Some(523));
    }

    #[test]
    fn sound_that_does_not_say_is_reckoned_from_its_text() {
        let wave = [&b"RIFF....WAVEfmt "[..], &frames(3)].concat();
        for sound in [&b"FAKE_MP3_BYTES"[..], b"", b"ID3", &wave, &[0xff; 64]] {
            assert_eq!(length(&Bytes::copy_from_slice(sound), 100), (7_000, true));
        }
        assert_eq!(length(&frames(2).into(), 100), (53, false));
        assert!(longest(100) > length(&Bytes::new(), 100).0);
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_length_or_none(bytes: Vec<u8>, tagged: bool) {
            let bytes = if tagged { [&b"ID3\x04\x00\x10"[..], &bytes].concat() } else { bytes };
            // A frame has at least 24 bytes and lasts at most 72 ms.
            let most = u64::try_from(bytes.len() / 24 + 1).unwrap() * 72;
            prop_assert!(millis(&bytes).is_none_or(|millis| millis <= most));
        }
    }
}
