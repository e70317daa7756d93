#!/usr/bin/env python3
"""Writes what GNPy makes of a route or of a library's amplifiers, as JSON for the tests.

Runs inside an environment that has GNPy (see gnpy_peer.sh); nothing here is needed to build or
test CaspiLink. Channel fields: total power is signal + ASE + NLI; "with_transceiver" adds what
transmitters and ROADM add and drop ports contribute.
"""
import argparse
import json
import sys
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import numpy as np

from gnpy.core.elements import Edfa, Multiband_amplifier, Transceiver
from gnpy.core.info import create_arbitrary_spectral_information
from gnpy.core.parameters import SimParams
from gnpy.core.utils import watt2dbm
from gnpy.tools import convert_legacy_yang
from gnpy.tools.json_io import (load_equipments_and_configs, load_gnpy_json,
                                load_initial_spectrum, load_network)
from gnpy.tools.worker_utils import designed_network, transmission_simulation


# GNPy computes dispersion by frequency and other parameters its YANG modules do not know yet.
convert_legacy_yang.load_data = lambda *_: None


def header():
    return {"program": f"GNPy {version('gnpy')}, numpy {np.__version__}",
            "command": "gnpy_reference.py " + " ".join(Path(a).name for a in sys.argv[1:])}


def amplifiers(args):
    """Gain and noise figure of every amplifier over gain, power and tilt, 96 channels of 50 GHz."""
    equipment = load_equipments_and_configs(args.equipment, [], args.extra_config or [])
    frequency = 191.35e12 + 50e9 * np.arange(96)
    out = {**header(), "amplifiers": {}}
    for name, amplifier in equipment["Edfa"].items():
        if amplifier.type_def == "multi_band" or amplifier.f_max < frequency[-1]:
            continue
        rows = []
        for gain in args.gains:
            for power in args.powers:
                for tilt in args.tilts:
                    edfa = Edfa(uid="amplifier", params=amplifier.__dict__,
                                operational={"gain_target": gain, "tilt_target": tilt,
                                             "out_voa": 0, "in_voa": 0})
                    light = create_arbitrary_spectral_information(
                        frequency, pch=1e-3 * 10 ** (power / 10), baud_rate=32e9, tx_osnr=40,
                        tx_power=1e-3, slot_width=50e9, roll_off=0.15)
                    edfa.interpol_params(light)
                    noise = np.broadcast_to(edfa.nf, frequency.shape)
                    at = (0, 47, 95)
                    rows.append({"gain": gain, "power_dbm": power, "tilt": tilt,
                                 "effective_gain": float(edfa.effective_gain),
                                 "nf": [float(noise[i]) for i in at],
                                 "gain_db": [float(edfa.gprofile[i]) for i in at]})
        out["amplifiers"][name] = rows
    return out


def setting(edfa):
    return {"type": edfa.params.type_variety, "gain": float(edfa.effective_gain),
            "tilt": float(edfa.tilt_target or 0), "out_voa": float(edfa.out_voa or 0)}


def route(args):
    """Every channel at the end of a path, and every amplifier as designed."""
    start = perf_counter()
    equipment = load_equipments_and_configs(args.equipment, args.extra_equipment or [],
                                            args.extra_config or [])
    network = load_network(args.topology, equipment)
    SimParams.set_params(load_gnpy_json(args.sim_params) if args.sim_params else {})
    spectrum = load_initial_spectrum(args.spectrum) if args.spectrum else None
    ends = [n.uid for n in network.nodes() if isinstance(n, Transceiver)]
    source = args.source or ends[0]
    destination = args.destination or next(uid for uid in ends if uid != source)
    network, request, reference = designed_network(
        equipment, network, source, destination, nodes_list=[destination], loose_list=["STRICT"],
        initial_spectrum=spectrum, no_insert_edfas=args.no_insert_edfas, args_power=args.power)
    amplifiers_designed = {}
    for node in network.nodes():
        if isinstance(node, Edfa):
            amplifiers_designed[node.uid] = setting(node)
        elif isinstance(node, Multiband_amplifier):
            for band, edfa in node.amplifiers.items():
                amplifiers_designed[f"{node.uid} {band}"] = setting(edfa)
    designed = perf_counter()
    path, _, _, light = transmission_simulation(equipment, network, request, reference)
    done = perf_counter()
    end = path[-1]
    columns = {
        "frequency_hz": light.frequency, "baud_rate_hz": light.baud_rate,
        "total_power_dbm": watt2dbm(light.pch), "signal_power_dbm": watt2dbm(light.signal),
        "osnr_01nm_db": end.raw_osnr_ase_01nm, "snr_ase_db": end.raw_osnr_ase,
        "snr_nli_db": end.raw_osnr_nli, "gsnr_db": end.raw_snr, "gsnr_01nm_db": end.raw_snr_01nm,
        "osnr_with_transceiver_01nm_db": end.osnr_ase_01nm,
        "gsnr_with_transceiver_db": end.snr, "gsnr_with_transceiver_01nm_db": end.snr_01nm,
        "chromatic_dispersion_ps_per_nm": end.chromatic_dispersion, "pmd_ps": end.pmd,
        "pdl_db": end.pdl, "latency_ms": end.latency}
    return {**header(),
            "timings_s": {"load_and_design": designed - start, "propagate": done - designed},
            "path": [n.uid for n in path], "amplifiers": amplifiers_designed,
            "channels": {k: [float(x) for x in np.broadcast_to(v, light.frequency.shape)]
                         for k, v in columns.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="what", required=True)
    library = commands.add_parser("amplifiers")
    library.add_argument("--gains", type=float, nargs="+", default=[10, 18, 26, 34])
    library.add_argument("--powers", type=float, nargs="+", default=[-25, -15])
    library.add_argument("--tilts", type=float, nargs="+", default=[0, -2])
    way = commands.add_parser("route")
    way.add_argument("topology", type=Path)
    way.add_argument("--spectrum", type=Path)
    way.add_argument("--sim-params", type=Path)
    way.add_argument("--extra-equipment", type=Path, nargs="+")
    way.add_argument("--source")
    way.add_argument("--destination")
    way.add_argument("--no-insert-edfas", action="store_true")
    way.add_argument("--power", type=float)
    for command in (library, way):
        command.add_argument("--equipment", type=Path, required=True)
        command.add_argument("--extra-config", type=Path, nargs="+")
        command.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    result = amplifiers(args) if args.what == "amplifiers" else route(args)
    text = json.dumps(result, separators=(",", ":"))
    text = text.replace('],"', '],\n"').replace('},"', '},\n"').replace('},{"', '},\n{"') + "\n"
    if args.output:
        args.output.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
