"""The Swap phase: a shard's chunks, unit by unit, with the models loaded once."""

from __future__ import annotations

from typing import TypeVar

from hybridface_worker.contract import layout
from hybridface_worker.contract.errors import InputRefused, TaskError
from hybridface_worker.contract.inputs import Inputs, TargetItem
from hybridface_worker.contract.media import ImageInfo, VideoInfo
from hybridface_worker.contract.plan import IMAGES, Plan, Unit
from hybridface_worker.contract.probe import Finding, ProbeResult
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.task import SwapShard, SwapTask
from hybridface_worker.faces.detector import Detector, load_detector
from hybridface_worker.inference.device import Lanes
from hybridface_worker.media.index import FrameIndex
from hybridface_worker.pipeline.bounded import Bound, BoundedDetector
from hybridface_worker.pipeline.commit import Ledger
from hybridface_worker.pipeline.images import work_images
from hybridface_worker.pipeline.schedule import Span, by_unit, spans
from hybridface_worker.pipeline.tools import Tools
from hybridface_worker.pipeline.video.shard import work_video

from .context import PhaseContext
from .models import load_painter
from .running import Running

Media = TypeVar("Media", VideoInfo, ImageInfo)


class SwapPhase:
    """Works one shard of a Swap attempt."""

    def __init__(self, context: PhaseContext) -> None:
        self._context = context
        area = context.area
        self._plan = area.read(Plan, layout.PLAN)
        self._inputs = area.read(Inputs, layout.INPUTS)
        if self._plan.inputs_sha256 != self._inputs.digest():
            raise TaskError(Reason.BAD_TASK, f"{area.uri(layout.PLAN)} was made from other inputs than {layout.INPUTS}")
        results = [area.read(ProbeResult, layout.probe_result(shard)) for shard in self._plan.probes]
        self._probed_sources = [source for result in results for source in result.sources]
        self._media = {(item.target, item.item): item.media for result in results for item in result.items}
        self._items = {(item.target, item.item): item for item in self._inputs.targets}
        self._ledger = Ledger(
            area,
            attempt=context.attempt.attempt,
            shard=context.shard,
            worker=context.settings.name,
            max_tries=self._plan.max_tries_per_chunk,
        )

    def run(self) -> None:
        """Commits every chunk of the shard, done or failed, unless it is stopped before."""
        shard = self._shard()
        todo = [chunk for chunk in shard.chunks if not self._ledger.committed(chunk)]
        if not todo:
            return
        tried = {*shard.alone, *(chunk for chunk in todo if self._ledger.tried(chunk))}
        context = self._context
        running = Running.of(context.settings, context.stores, context.scratch)
        loaded: dict[bool, Tools] = {}
        units = self._plan.units_by_name()
        for unit_spans in by_unit(spans(todo, tried)):
            if context.stopping.is_set():
                break
            unit = units[unit_spans[0].target, unit_spans[0].unit]
            video = unit.unit != IMAGES
            if video not in loaded:
                loaded.clear()  # first: models are large
                loaded[video] = self._tools(running, video=video)
            try:
                self._work(unit, unit_spans, loaded[video])
            except InputRefused as refused:
                self._fail(unit_spans, Finding.of(refused))
        context.progress.flush()

    def _shard(self) -> SwapShard:
        work = self._context.attempt.work
        if not isinstance(work, SwapTask):
            raise TaskError(Reason.BAD_TASK, f"this is a task of {work.phase}, not of swap")
        return work.shards[self._context.shard]

    def _tools(self, running: Running, *, video: bool) -> Tools:
        """With the models loaded: for a video's lanes, or for images, which are worked one after another."""
        context, plan, device = self._context, self._plan, running.device
        alone = Lanes(1, context.settings.batch, context.settings.threads)
        detecting, swapping = (device.detecting, device.swapping) if video else (alone, alone)
        batch = Bound("swap", swapping.size, running.meter, context.progress.alive)
        painter, people = load_painter(context, plan, self._inputs, self._probed_sources, running, swapping, batch)
        return Tools(
            detector=self._load_detector(running, detecting),
            painter=painter,
            people=people,
            ledger=self._ledger,
            scratch=context.scratch,
            batch=batch,
            detecting=detecting,
            swapping=swapping,
            meter=running.meter,
            threads=context.settings.threads,
            progress=context.progress,
            stopping=context.stopping,
        )

    def _load_detector(self, running: Running, lanes: Lanes) -> Detector:
        model, least = self._plan.models.detector, self._plan.faces.min_score
        file = self._context.model_files.path(model)
        detector = load_detector(model, file, running.with_threads(lanes.threads), min_score=least)
        bound = Bound("detect", lanes.size, running.meter, self._context.progress.alive)
        return BoundedDetector(detector, bound)

    def _work(self, unit: Unit, unit_spans: list[Span], tools: Tools) -> None:
        if unit.unit == IMAGES:
            items = [self._item(unit, item) for item in unit.items]
            infos = [self._media_of(item, ImageInfo) for item in items]
            work_images(self._plan, unit, unit_spans, items, infos, self._context.read, tools)
            return
        item = self._item(unit, unit.items[0])
        info = self._media_of(item, VideoInfo)
        index = FrameIndex.from_npz(self._context.area.read_bytes(layout.frame_index(item.target, item.item)))
        with self._context.open(item) as file:
            work_video(self._plan, unit, unit_spans, file, info, index, tools)

    def _item(self, unit: Unit, item: int) -> TargetItem:
        return self._items[unit.target, item]

    def _media_of(self, item: TargetItem, kind: type[Media]) -> Media:
        media = self._media[item.target, item.item]
        if not isinstance(media, kind):
            raise TaskError(Reason.BAD_TASK, f"the plan takes {item.uri} for something that Probe did not find")
        return media

    def _fail(self, unit_spans: list[Span], finding: Finding) -> None:
        for span in unit_spans:
            for chunk in span.chunks:
                if not self._ledger.committed(chunk):
                    self._ledger.fail(chunk, finding)
