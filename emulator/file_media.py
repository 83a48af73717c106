"""What the analysis of video and audio yields: the container and its streams (imm.md 8.11 to 8.14)."""

import random
from typing import Final, NamedTuple

from emulator.file_images import labels, ratio
from emulator.json_text import JsonObject


class VideoCodec(NamedTuple):
    """How a video codec is named in its different places."""

    name: str
    long_name: str
    profile: str
    tag: str
    tag_number: str


class _Container(NamedTuple):
    name: str
    long_name: str


H264: Final = VideoCodec("h264", "H.264 / AVC / MPEG-4 AVC / MPEG-4 part 10", "High", "avc1", "0x31637661")
_HEVC: Final = VideoCodec("hevc", "H.265 / HEVC (High Efficiency Video Coding)", "Main", "hvc1", "0x31637668")
_QUICKTIME: Final = _Container("mov", "QuickTime / MOV")
_CONTAINERS: Final = {
    "mkv": _Container("matroska", "Matroska / WebM"),
    "webm": _Container("matroska", "Matroska / WebM"),
    "avi": _Container("avi", "AVI (Audio Video Interleaved)"),
    "flv": _Container("flv", "FLV (Flash Video)"),
    "ts": _Container("mpegts", "MPEG-TS (MPEG-2 Transport Stream)"),
    "mp3": _Container("mp3", "MP2/3 (MPEG audio layer 2/3)"),
    "wav": _Container("wav", "WAV / WAVE (Waveform Audio)"),
    "flac": _Container("flac", "raw FLAC"),
    "ogg": _Container("ogg", "Ogg"),
    "aac": _Container("aac", "raw ADTS AAC (Advanced Audio Coding)"),
}
_SIZES: Final = ((1920, 1080, "16:9"), (1280, 720, "16:9"), (1080, 1920, "9:16"), (640, 480, "4:3"))
_RATES: Final = ((24, 1), (25, 1), (30000, 1001), (60, 1))
_SAMPLE_RATES: Final = (44_100, 48_000)
_AAC_FRAME: Final = 1024
_ARTISTS: Final = ("Jane", "The Night Trains", "李雷")
_ALBUMS: Final = ("FirstAlbum", "Live", "春天")


def video_fields(dice: random.Random, extension: str) -> JsonObject:
    """Return the fields of a video: one video stream, mostly one audio stream, sometimes subtitles."""
    duration = round(dice.uniform(1, 600), 3)
    width, height, aspect = dice.choice(_SIZES)
    video = video_stream(dice, (width, height, aspect), duration)
    audio = [audio_stream(dice, 1, duration)] if dice.random() < 0.8 else []
    subtitles = [subtitle_stream(len(audio) + 1, duration)] if dice.random() < 0.3 else []
    fields: JsonObject = {"VideoWidth": width, "VideoHeight": height, "VideoStreams": [video]}
    fields |= {"AudioStreams": audio} if audio else {}
    fields |= {"Subtitles": subtitles} if subtitles else {}
    fields["Labels"] = [label | {"Clips": [{"TimeRange": [0, round(duration * 500)]}]} for label in labels(dice)]
    fields["SceneElements"] = scenes(dice, duration)
    return fields | _container_fields(extension, [video, *audio, *subtitles], duration)


def audio_fields(dice: random.Random, extension: str) -> JsonObject:
    """Return the fields of a piece of music or speech, sometimes with a cover."""
    duration = round(dice.uniform(1, 900), 3)
    stream = audio_stream(dice, 0, duration)
    artist = dice.choice(_ARTISTS)
    fields: JsonObject = {"AudioStreams": [stream], "Title": f"Track {dice.randint(1, 20)}", "Artist": artist}
    fields |= {"AlbumArtist": artist, "Album": dice.choice(_ALBUMS), "Composer": artist, "Performer": artist}
    fields["Language"] = dice.choice(("en", "zh-Hans", "eng"))
    if dice.random() < 0.5:
        fields["AudioCovers"] = [
            {"ImageWidth": 500, "ImageHeight": 500, "ImageScore": {"OverallQualityScore": ratio(dice)}}
        ]
    return fields | _container_fields(extension, [stream], duration)


def _container_fields(extension: str, streams: list[JsonObject], duration: float) -> JsonObject:
    container = _CONTAINERS.get(extension, _QUICKTIME)
    bitrate = sum(rate for stream in streams if isinstance(rate := stream["Bitrate"], int))
    return {
        "Size": round(bitrate * duration / 8),
        "StreamCount": len(streams),
        "ProgramCount": 1 if container.name == "mpegts" else 0,
        "FormatName": container.name,
        "FormatLongName": container.long_name,
        "StartTime": 0,
        "Bitrate": bitrate,
        "Duration": duration,
    }


def video_stream(dice: random.Random, frame: tuple[int, int, str], duration: float) -> JsonObject:
    """Return a video stream of this frame (width, height, display aspect ratio) and length in seconds."""
    codec = dice.choice((H264, _HEVC))
    numerator, denominator = dice.choice(_RATES)
    rate = f"{numerator}/{denominator}"
    return {
        "Index": 0,
        "Language": "en",
        "CodecName": codec.name,
        "CodecLongName": codec.long_name,
        "Profile": codec.profile,
        "CodecTimeBase": f"{denominator}/{numerator * 2}",
        "CodecTagString": codec.tag,
        "CodecTag": codec.tag_number,
        "Width": frame[0],
        "Height": frame[1],
        "HasBFrames": dice.randint(0, 2),
        "SampleAspectRatio": "1:1",
        "DisplayAspectRatio": frame[2],
        "PixelFormat": "yuv420p",
        "Level": dice.choice((31, 40, 51)),
        "FrameRate": rate,
        "AverageFrameRate": rate,
        "TimeBase": "1/12800",
        "StartTime": 0,
        "Duration": duration,
        "Bitrate": dice.randint(400_000, 12_000_000),
        "FrameCount": round(duration * numerator / denominator),
        "Rotate": dice.choice(("0", "90", "180", "270")),
        "BitDepth": 8,
        "ColorSpace": "bt709",
        "ColorRange": "tv",
        "ColorTransfer": "bt709",
        "ColorPrimaries": "bt709",
    }


def audio_stream(dice: random.Random, index: int, duration: float) -> JsonObject:
    """Return an audio stream of this length in seconds."""
    rate = dice.choice(_SAMPLE_RATES)
    channels, layout = dice.choice(((1, "mono"), (2, "stereo")))
    return {
        "Index": index,
        "Language": "en",
        "CodecName": "aac",
        "CodecLongName": "AAC (Advanced Audio Coding)",
        "CodecTimeBase": f"1/{rate}",
        "CodecTagString": "mp4a",
        "CodecTag": "0x6134706d",
        "TimeBase": f"1/{rate}",
        "StartTime": 0.0235,
        "Duration": duration,
        "Bitrate": dice.randint(64_000, 320_000),
        "FrameCount": round(duration * rate / _AAC_FRAME),
        "SampleFormat": "fltp",
        "SampleRate": rate,
        "Channels": channels,
        "ChannelLayout": layout,
    }


def subtitle_stream(index: int, duration: float) -> JsonObject:
    """Return a stream of subtitles of this length in seconds."""
    return {
        "Index": index,
        "Language": "en",
        "CodecName": "mov_text",
        "CodecLongName": "MOV text",
        "CodecTagString": "tx3g",
        "CodecTag": "0x67337874",
        "StartTime": 0,
        "Duration": duration,
        "Bitrate": 74,
        "Content": "Good morning.",
        "Width": 600,
        "Height": 30,
    }


def scenes(dice: random.Random, duration: float) -> list[JsonObject]:
    """Return the two halves of a video as scenes, in milliseconds."""
    end = round(duration * 1000)
    bounds = ((0, end // 2), (end // 2, end))
    return [
        {
            "TimeRange": [start, stop],
            "FrameTimes": [start, (start + stop) // 2],
            "VideoStreamIndex": 0,
            "Labels": labels(dice),
        }
        for start, stop in bounds
    ]
