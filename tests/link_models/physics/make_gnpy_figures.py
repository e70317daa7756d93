#!/usr/bin/env python3
"""Writes gnpy_figures.json: what GNPy says of single fibres, for the tests beside it.

    python3 -m venv throw-away && throw-away/bin/pip install gnpy==2.14.2
    throw-away/bin/python make_gnpy_figures.py > gnpy_figures.json      (some minutes)

GNPy is run as a library, one Fiber or RamanFiber at a time; nothing here goes into the build.
"""
import importlib.metadata
import json

import numpy as np
from gnpy.core.elements import Fiber, RamanFiber
from gnpy.core.info import create_arbitrary_spectral_information
from gnpy.core.parameters import SimParams
from gnpy.core.science_utils import NliSolver, RamanSolver


def fibre(length_km, pumps=None, **overrides):
    params = dict(length=length_km, length_units='km', loss_coef=0.2, dispersion=1.67e-5,
                  effective_area=83e-12, pmd_coef=1.265e-15, att_in=0, con_in=0, con_out=0,
                  lumped_losses=[])
    params.update(overrides)
    if pumps is None:
        return Fiber(uid='fibre', params=params, metadata={})
    return RamanFiber(uid='fibre', params=params, metadata={},
                      operational=dict(temperature=283, raman_pumps=pumps))


def comb(count, first_hz, spacing_hz, baud_hz, power_w, roll_off=0.15, slot_hz=None):
    return create_arbitrary_spectral_information(
        frequency=first_hz + spacing_hz * np.arange(count), pch=power_w, baud_rate=baud_hz,
        slot_width=slot_hz or spacing_hz, roll_off=roll_off, tx_osnr=40.0, tx_power=power_w,
        label='comb')


def simulate(raman=True, order=2, step_m=1e3, grid_m=10e3, cut=None, method='ggn_spectrally_separated'):
    SimParams.set_params(dict(
        raman_params=dict(flag=raman, method='perturbative', order=order,
                          solver_spatial_resolution=step_m, result_spatial_resolution=grid_m),
        nli_params=dict(method=method, dispersion_tolerance=1, phase_shift_tolerance=0.1,
                        computed_channels=cut)))


def loss_db(profile):
    return (-10 * np.log10(profile[:, -1])).tolist()


def pump(power_w, thz, direction):
    return dict(power=power_w, frequency=thz * 1e12, propagation_direction=direction)


PER_FREQUENCY = dict(frequency=[184e12, 188e12, 193.4e12, 197e12, 201e12, 205e12, 209e12, 213e12],
                     value=[0.162, 0.158, 0.155, 0.157, 0.165, 0.178, 0.195, 0.215])
MIXED = [pump(0.2, 205, 'counterprop'), pump(0.15, 208.5, 'coprop'),
         pump(0.25, 201, 'counterprop'), pump(0.1, 203, 'coprop')]


def coupling():
    frequency = np.array([188e12, 191e12, 193.4e12, 196.1e12, 204e12, 210.5e12])
    user = dict(reference_frequency=206.5e12, frequency_offset=[0, 5e12, 13e12, 20e12],
                g0=[0, 1.2e-4, 4.1e-4, 0.3e-4])
    return dict(frequency_hz=frequency.tolist(),
                area_83=fibre(80).cr(frequency).tolist(),
                area_125=fibre(80, effective_area=125e-12).cr(frequency).tolist(),
                measured=user, area_83_measured=fibre(80, raman_coefficient=user).cr(frequency).tolist())


def srs():
    even = {}
    light = comb(96, 191.35e12, 50e9, 32e9, 2e-3)
    for order in (1, 2, 3, 4):
        simulate(order=order, step_m=100, grid_m=10e3)
        profile = RamanSolver.calculate_stimulated_raman_scattering(light, fibre(76))
        even[str(order)] = loss_db(profile.loss_profile)
    uneven = {}
    light = comb(24, 186.2e12, 400e9, 64e9, 8e-3)
    line = fibre(90, loss_coef=PER_FREQUENCY, effective_area=110e-12,
                 lumped_losses=[dict(position=20, loss=0.4), dict(position=33.3, loss=0.7)])
    for order in (1, 2, 3, 4):
        simulate(order=order, step_m=50, grid_m=10e3)
        profile = RamanSolver.calculate_stimulated_raman_scattering(light, line)
        uneven[str(order)] = loss_db(profile.loss_profile)
    return dict(even_loss_db=even, uneven_loss_db=uneven)


def raman():
    """Euler solutions at two steps and the limit they point to."""
    light = comb(16, 191.4e12, 300e9, 32e9, 1e-3)
    line = fibre(100, pumps=MIXED, loss_coef=PER_FREQUENCY)
    losses, ases = [], []
    for step in (20, 10):
        simulate(step_m=step, grid_m=1e3)
        profile = RamanSolver.calculate_stimulated_raman_scattering(light, line)
        losses.append(np.array(loss_db(profile.loss_profile)))
        # Sorted so that pumps stand where GNPy looks for them: co-propagating first.
        line.raman_pumps = tuple(sorted(line.raman_pumps, key=lambda p: p.propagation_direction != 'coprop'))
        ases.append(RamanSolver.calculate_spontaneous_raman_scattering(light, profile, line))
    return dict(loss_db=(2 * losses[1] - losses[0])[:16].tolist(),
                ase_at_input_w=(2 * ases[1] - ases[0]).tolist(),
                euler_10m_loss_db=losses[1][:16].tolist())


def nli(light, line, cut, **sim):
    simulate(cut=cut, **sim)
    profile = RamanSolver.calculate_stimulated_raman_scattering(light, line)
    nli_w = NliSolver.compute_nli(light, profile, line)
    count = light.number_of_channels
    return dict(channels=cut, z_m=profile.z.tolist(),
                power_w=profile.power_profile[:count].tolist(),
                frequency_hz=light.frequency.tolist(), baud_rate_hz=light.baud_rate.tolist(),
                roll_off=light.roll_off.tolist(), beta2=line.beta2(light.frequency).tolist(),
                gamma=line.gamma(light.frequency).tolist(),
                alpha=(line.alpha(light.frequency) * np.ones(count)).tolist(),
                nli_w=[nli_w[k - 1] for k in cut])


def generalised_gn():
    cases = {}
    c_band = comb(96, 191.35e12, 50e9, 32e9, 1e-3)
    cut = [1, 17, 48, 96]
    cases['loss_only'] = nli(c_band, fibre(76), cut, raman=False)
    cases['srs'] = nli(comb(96, 191.35e12, 50e9, 32e9, 2e-3), fibre(76), cut)
    cases['short_flat'] = nli(comb(11, 191e12, 50e9, 32e9, 1e-3), fibre(20), [1, 6], raman=False)
    cases['nzdf'] = nli(comb(40, 191.35e12, 100e9, 64e9, 2e-3),
                        fibre(100, dispersion=5e-6, effective_area=72e-12), [1, 20, 40])
    cases['slope'] = nli(comb(40, 191.35e12, 100e9, 64e9, 2e-3),
                         fibre(90, dispersion=4.2e-6, dispersion_slope=85.0,
                               effective_area=72e-12), [1, 20, 40])
    cases['c_and_l'] = nli(comb(120, 186.1e12, 75e9, 64e9, 1.5e-3),
                           fibre(80, loss_coef=PER_FREQUENCY, dispersion_slope=67.0), [1, 60, 120])
    cases['sharp'] = nli(comb(9, 193.1e12, 50e9, 32e9, 1e-3, roll_off=0.0), fibre(80), [1, 5])
    mixed = create_arbitrary_spectral_information(
        frequency=191e12 + 1e9 * np.array([0, 50, 150, 225, 275, 500, 1500]),
        pch=np.array([1, 0.9, 1.3, 0.8, 1.2, 1, 1]) * 1e-3,
        baud_rate=np.array([32, 42, 64, 42, 32, 32, 90]) * 1e9,
        slot_width=np.array([50, 50, 100, 50, 50, 50, 100]) * 1e9,
        roll_off=np.array([0.15, 0.1, 0.2, 0.05, 0.15, 0.3, 0.1]), tx_osnr=40.0, tx_power=1e-3,
        label='mixed')
    cases['mixed'] = nli(mixed, fibre(80), list(range(1, 8)))
    cases['pumped'] = nli(comb(40, 191.35e12, 100e9, 64e9, 1e-3),
                          fibre(100, pumps=MIXED, loss_coef=PER_FREQUENCY), [1, 20, 40], step_m=50)
    cases['approximate'] = nli(comb(96, 191.35e12, 50e9, 32e9, 2e-3), fibre(76), cut,
                               method='ggn_approx')
    return cases


def rounded(figures):
    if isinstance(figures, float):
        return float('%.10g' % figures)
    if isinstance(figures, list):
        return [rounded(entry) for entry in figures]
    if isinstance(figures, dict):
        return {key: rounded(entry) for key, entry in figures.items()}
    return figures


def lines(figures, depth):
    """JSON with one line for each entry down to a depth."""
    if depth == 0 or not isinstance(figures, dict):
        return json.dumps(figures, separators=(',', ':'))
    return '{\n' + ',\n'.join(f'{json.dumps(key)}:{lines(entry, depth - 1)}'
                              for key, entry in figures.items()) + '\n}'


print(lines(rounded(dict(
    source='GNPy ' + importlib.metadata.version('gnpy') + ', make_gnpy_figures.py',
    coupling=coupling(), srs=srs(), raman=raman(), generalised_gn=generalised_gn())), 4))
